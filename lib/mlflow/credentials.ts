import { InputError } from "../io/mod.ts";

/** Address of a server, and how to say who asks. */
export interface Access {
  /** Base URL without user, password and final `/`: safe to show. */
  uri: string;
  /** Value of the `authorization` header, where there is one. */
  authorization?: string;
  /** Cuts user, password and token out of a text. */
  redact: (text: string) => string;
}

/**
 * Reads an address and, as MLflow's own client does, `MLFLOW_TRACKING_USERNAME` with `MLFLOW_TRACKING_PASSWORD`, else
 * `MLFLOW_TRACKING_TOKEN`. A user and password inside the address count first, and are taken out of it.
 *
 * @param env Looks up an environment variable.
 * @throws InputError when the address is no `http(s)://` one; it is not repeated, for it may hold a password.
 * @example Usage
 * ```ts
 * import { readAccess } from "@lib/mlflow/credentials.ts";
 * import assert from "node:assert/strict";
 *
 * const env = { MLFLOW_TRACKING_TOKEN: "tok-12345" };
 * const access = readAccess("https://mlflow.example.com/", (name) => env[name as keyof typeof env]);
 * assert.equal(access.uri, "https://mlflow.example.com");
 * assert.equal(access.authorization, "Bearer tok-12345");
 * assert.equal(access.redact("bad token tok-12345"), "bad token [secret]");
 * ```
 */
export function readAccess(address: string, env: (name: string) => string | undefined): Access {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InputError("Cannot use this as the address of an MLflow server", {
      where: "MLFLOW_TRACKING_URI",
      found: `something that begins with ${JSON.stringify(address.split(/[/@?]/)[0]?.slice(0, 20))}`,
      expected: "http(s)://host[:port]; a file or database has to be served first",
      fix: "deno task mlflow starts a server; without MLFLOW_TRACKING_URI it is found by itself",
    });
  }
  const inside = [url.username, url.password].map(decodeURIComponent);
  const user = inside[0] || env("MLFLOW_TRACKING_USERNAME");
  const password = inside[1] || env("MLFLOW_TRACKING_PASSWORD");
  const token = env("MLFLOW_TRACKING_TOKEN");
  [url.username, url.password, url.search, url.hash] = ["", "", "", ""];
  const pair = user && password ? base64(`${user}:${password}`) : undefined;
  const authorization = pair ? `Basic ${pair}` : token ? `Bearer ${token}` : undefined;
  const secrets = [pair, password, token].flatMap((text) => text ? [text] : []);
  return {
    uri: url.href.replace(/\/+$/, ""),
    ...(authorization && { authorization }),
    redact: (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text),
  };
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
