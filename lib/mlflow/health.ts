import { directFetch } from "./direct_fetch.ts";

/**
 * Whether an MLflow server answers `OK` to `/health`.
 *
 * @param timeoutMs Longest wait. @default {5000}
 */
export async function isHealthy(uri: string, timeoutMs = 5000): Promise<boolean> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    const response = await directFetch(`${uri}/health`, {
      method: "GET",
      headers: {},
      signal: deadline.signal,
    });
    return response.status === 200 && (await response.text()).trim() === "OK";
  } catch {
    return false; // nobody listens, or not in time
  } finally {
    clearTimeout(timer);
  }
}
