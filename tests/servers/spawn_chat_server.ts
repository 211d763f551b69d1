import { fileURLToPath } from "node:url";
import type { ChatProcessStats } from "./chat_server_main.ts";

export type { ChatProcessStats } from "./chat_server_main.ts";

/** Options for {@linkcode spawnChatServer}. */
export interface SpawnChatServerOptions {
  /** Wait before each answer, in ms. @default {0} */
  latencyMs?: number;
  /** Content of each answer, JSON text. @default {'{"answer":"Paris"}'} */
  answer?: string;
}

/** A chat server in a process of its own. */
export interface SpawnedChatServer extends AsyncDisposable {
  /** Base URL as the `openai` client wants it: `http://127.0.0.1:<port>/v1`. */
  readonly baseUrl: string;
  readonly port: number;
  stats(): Promise<ChatProcessStats>;
  /** Sets all counts to zero. */
  reset(): Promise<void>;
  /** Ends the process and waits for its end. */
  close(): Promise<void>;
}

/**
 * Starts `chat_server_main.ts` as a process of its own and waits until it listens. The process ends with
 * {@linkcode SpawnedChatServer.close}, or when this process ends.
 *
 * @example Usage
 * ```ts
 * import { spawnChatServer } from "./spawn_chat_server.ts";
 * import assert from "node:assert/strict";
 *
 * await using server = await spawnChatServer({ latencyMs: 5 });
 * await (await fetch(`${server.baseUrl}/chat/completions`, { method: "POST", body: "{}" })).json();
 * assert.equal((await server.stats()).total, 1);
 * ```
 */
export async function spawnChatServer(options: SpawnChatServerOptions = {}): Promise<SpawnedChatServer> {
  const { latencyMs = 0, answer } = options;
  const main = fileURLToPath(new URL("./chat_server_main.ts", import.meta.url));
  const flags = ["--attached", `--latency=${latencyMs}`];
  if (answer !== undefined) flags.push(`--answer=${answer}`);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-net=127.0.0.1", main, ...flags],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();

  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const line = await firstLine(lines);
  if (line === undefined) {
    await child.stdin.close();
    const { code } = await child.status;
    throw new Error(`Cannot start the chat server: its process ended with code ${code}`);
  }
  const { port } = JSON.parse(line) as { port: number };
  const origin = `http://127.0.0.1:${port}`;

  let closing: Promise<void> | undefined;
  const end = async () => {
    await child.stdin.close().catch(() => {});
    await child.status;
    await lines.cancel();
  };
  const close = () => closing ??= end();
  return {
    baseUrl: `${origin}/v1`,
    port,
    stats: async () => await (await fetch(`${origin}/stats`)).json() as ChatProcessStats,
    reset: async () => {
      await (await fetch(`${origin}/reset`, { method: "POST" })).body?.cancel();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** First line of a stream, or undefined when it ends before. */
async function firstLine(reader: ReadableStreamDefaultReader<string>): Promise<string | undefined> {
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) return undefined;
    text += value;
  }
  return text.slice(0, text.indexOf("\n"));
}
