import { get } from "node:http";

/**
 * Whether `/health` of a server on this machine answers with a status of 200. Not by `fetch`, which would ask
 * the proxy of an environment that has one.
 *
 * @param timeoutMs Longest wait. @default {5000}
 */
export function answers(baseUrl: string, timeoutMs = 5000): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(new URL("/health", baseUrl), { agent: false, timeout: timeoutMs }, (response) => {
      response.resume();
      response.on("close", () => resolve(response.statusCode === 200));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
    request.on("close", () => resolve(false));
  });
}
