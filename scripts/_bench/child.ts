/**
 * One measured run in a process of its own. Arguments: `assay` with the folder of a task or `bare` with a base URL, cases,
 * requests in flight, latency of the server in ms, mode. Prints one JSON line.
 *
 * @module
 */
import process from "node:process";
import { join } from "node:path";
import type { RunEvent } from "../../lib/experiment/mod.ts";
import type { Mode } from "../../lib/model/mod.ts";

/**
 * What a measured run prints. Start-up is not in it: it ends with the first reply, as the first request loads and
 * compiles what a client needs; the server's latency of that first reply is added again.
 */
export interface Measured {
  /** From one server latency before the first finished case to the last one, ms. */
  wallMs: number;
  /** User and system time after the first finished case, per case, ms. */
  cpuMs: number;
  /** Largest resident memory of the process, MB. */
  peakMb: number;
}

const [what, target = "", cases = "0", inFlight = "0", latencyMs = "0", mode = "live"] = Deno.args;
const watch = stopwatch(Number(cases), Number(latencyMs));
if (what === "bare") await bare(target, Number(cases), Number(inFlight));
else await assay(target, mode as Mode);
console.log(JSON.stringify({ ...watch.read(), peakMb: peakMb() } satisfies Measured));

async function assay(folder: string, mode: Mode): Promise<void> {
  const { evaluate, loadTask } = await import("../../lib/experiment/mod.ts");
  const onEvent = (event: RunEvent) => event.type === "observation" && watch.finished();
  await evaluate(await loadTask(folder), { mode, stateFolder: join(folder, "state"), onEvent });
}

/** The least that a client must do: a loop over the platform's own fetch, no journal, no scoring. */
async function bare(baseUrl: string, cases: number, inFlight: number): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next++ < cases) {
      const messages = [{ role: "user", content: `Question ${next}` }];
      const response = await fetch(`${baseUrl}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "bench", messages, temperature: 0.7, max_tokens: 256 }),
      });
      JSON.parse((await response.json()).choices[0].message.content);
      watch.finished();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

function stopwatch(cases: number, latencyMs: number) {
  let [done, start, end, cpu] = [0, 0, 0, process.cpuUsage()];
  return {
    finished() {
      done++;
      if (done === 1) [start, cpu] = [performance.now() - latencyMs, process.cpuUsage()];
      if (done === cases) [end, cpu] = [performance.now(), process.cpuUsage(cpu)];
    },
    read: () => ({ wallMs: end - start, cpuMs: (cpu.user + cpu.system) / 1000 / (cases - 1) }),
  };
}

function peakMb(): number {
  if (Deno.build.os !== "linux") return Deno.memoryUsage().rss / 1e6; // the present size, where the peak is not to be had
  const line = /^VmHWM:\s+(\d+) kB/m.exec(Deno.readTextFileSync("/proc/self/status"));
  return Number(line?.[1] ?? NaN) * 1024 / 1e6;
}
