import process from "node:process";
import { parseArgs } from "node:util";
import { completionBody, DEFAULT_ANSWER } from "./completion_body.ts";

/** What `GET /stats` returns: counts since the start or the last `POST /reset`. */
export interface ChatProcessStats {
  /** Chat completion requests. */
  readonly total: number;
  readonly inFlight: number;
  readonly peakInFlight: number;
  /** TCP connections that carried a chat completion request. */
  readonly connections: number;
  readonly byPath: Readonly<Record<string, number>>;
  /** CPU time of the server process, user and system, in ms. */
  readonly cpuMs: number;
}

const HELP = `A fast OpenAI-compatible chat server that gives every request the same answer.

  deno run -A tests/servers/chat_server_main.ts [flags]

  --port N        TCP port on 127.0.0.1; 0 picks a free one (default 0)
  --latency MS    wait before each answer, in ms (default 0)
  --answer JSON   content of each answer (default ${DEFAULT_ANSWER})
  --attached      end when standard input ends
  --help          print this text

Prints {"port":N} when it listens. GET /stats returns the counts, POST /reset clears them.`;

interface Flags {
  readonly port: number;
  readonly latencyMs: number;
  readonly answer: string;
  readonly attached: boolean;
}

function parseFlags(args: string[]): Flags | undefined {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: "string", default: "0" },
      latency: { type: "string", default: "0" },
      answer: { type: "string", default: DEFAULT_ANSWER },
      attached: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new RangeError(
      `Cannot listen as --port must be an integer from 0 to 65535: found "${values.port}"`,
    );
  }
  const latencyMs = Number(values.latency);
  if (!(latencyMs >= 0 && latencyMs < 2 ** 31)) {
    throw new RangeError(`Cannot wait as --latency must be ms >= 0: found "${values.latency}"`);
  }
  try {
    JSON.parse(values.answer);
  } catch {
    throw new SyntaxError(`Cannot answer as --answer must be JSON: found "${values.answer}"`);
  }
  return { port, latencyMs, answer: values.answer, attached: values.attached };
}

function serve({ port, latencyMs, answer, attached }: Flags): void {
  // On the wire a text body costs about 15% less CPU a request than the same bytes.
  const body = completionBody({ number: 1, model: "test-model", contents: [answer] });
  const init: ResponseInit = { headers: [["content-type", "application/json"]] };
  const ports = new Set<number>();
  let byPath: Record<string, number> = {};
  let total = 0;
  let inFlight = 0;
  let peakInFlight = 0;
  let cpuStart = process.cpuUsage();

  const stats = (): ChatProcessStats => {
    const { user, system } = process.cpuUsage(cpuStart);
    const chat: Record<string, number> = total > 0 ? { "/v1/chat/completions": total } : {};
    return {
      total,
      inFlight,
      peakInFlight,
      connections: ports.size,
      byPath: { ...chat, ...byPath },
      cpuMs: (user + system) / 1000,
    };
  };

  const rest = (request: Request): Response => {
    const { pathname } = new URL(request.url);
    const route = `${request.method} ${pathname}`;
    if (route === "GET /stats") return Response.json(stats());
    if (route === "POST /reset") {
      ports.clear();
      byPath = {};
      total = 0;
      peakInFlight = inFlight;
      cpuStart = process.cpuUsage();
      return new Response(null, { status: 204 });
    }
    byPath[pathname] = (byPath[pathname] ?? 0) + 1;
    if (route === "GET /v1/models") {
      return Response.json({
        object: "list",
        data: [{ id: "test-model", object: "model", created: 1_700_000_000, owned_by: "test" }],
      });
    }
    return new Response(null, { status: 404 });
  };

  // Before the port is printed: a starter may end this process as soon as it reads the line.
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => Deno.exit(0));
  if (attached) Deno.stdin.readable.pipeTo(new WritableStream()).finally(() => Deno.exit(0));

  Deno.serve({
    port,
    hostname: "127.0.0.1",
    onListen: (address) => console.log(JSON.stringify({ port: address.port })),
  }, async (request, info) => {
    if (request.method !== "POST" || !request.url.endsWith("/v1/chat/completions")) return rest(request);
    total++;
    if (++inFlight > peakInFlight) peakInFlight = inFlight;
    ports.add(info.remoteAddr.port);
    try {
      await request.arrayBuffer();
      if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
      return new Response(body, init);
    } finally {
      inFlight--;
    }
  });
}

if (import.meta.main) {
  try {
    const flags = parseFlags(Deno.args);
    if (flags === undefined) console.log(HELP);
    else serve(flags);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(2);
  }
}
