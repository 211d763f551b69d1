import { fileURLToPath } from "node:url";
import { spawnChatServer } from "../../tests/servers/spawn_chat_server.ts";
import type { MeasuredCompilation } from "./compile_child.ts";

const CHILD = fileURLToPath(new URL("./compile_child.ts", import.meta.url));

/**
 * How much of a compilation passes without a request under way, at a server that answers after 20 ms.
 *
 * @param command Makes the command of a Deno process with some arguments.
 */
export async function compilation(runs: number, command: (args: readonly string[]) => Deno.Command) {
  const measured: MeasuredCompilation[] = [];
  for (let run = 0; run < runs; run++) {
    await using server = await spawnChatServer({ latencyMs: 20, answer: '{"answer":"Paris"}' });
    const { success, stdout, stderr } = await command([CHILD, server.baseUrl, "4"]).output();
    if (!success) throw new Error(`A compilation failed: ${new TextDecoder().decode(stderr)}`);
    measured.push(JSON.parse(new TextDecoder().decode(stdout)));
  }
  const shareOf = ({ idleMs, wallMs }: MeasuredCompilation) => idleMs / wallMs;
  const middle = measured.toSorted((a, b) => shareOf(a) - shareOf(b))[Math.floor((runs - 1) / 2)]!;
  return {
    what: "compile of 200 cases, server of 20 ms, 4 in flight: no request under way",
    measured: `${(shareOf(middle) * 100).toFixed(1)}% of ${(middle.wallMs / 1000).toFixed(2)} s`,
    bound: "5%",
    beside: `${middle.requests} requests`,
    held: shareOf(middle) < 0.05,
  };
}
