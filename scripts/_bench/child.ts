/**
 * One measured run in a process of its own. Arguments: `assay` or `bare`, folder of the task, base URL, cases,
 * requests in flight, mode. Prints one JSON line.
 *
 * @module
 */
import process from "node:process";
import { join } from "node:path";
import type { Mode } from "../../lib/model/mod.ts";

/** What a measured run prints. */
export interface Measured {
  /** From the first request to the last finished case, ms; start-up is not in it. */
  wallMs: number;
  /** User and system time of the same span per case, ms. */
  cpuMs: number;
  /** Largest resident memory of the process, MB. */
  peakMb: number;
}

const [what, folder = "", baseUrl = "", cases = "0", inFlight = "0", mode = "live"] = Deno.args;
const measured = what === "bare"
  ? await bare(baseUrl, Number(cases), Number(inFlight))
  : await assay(folder, mode as Mode);
console.log(JSON.stringify(measured));

async function assay(folder: string, mode: Mode): Promise<Measured> {
  const { evaluate, loadTask } = await import("../../lib/experiment/mod.ts");
  const task = await loadTask(folder);
  let [start, end, cpu] = [0, 0, process.cpuUsage()];
  await evaluate(task, {
    mode,
    stateFolder: join(folder, "state"),
    onEvent: (event) => {
      if (event.type === "planned") [start, cpu] = [performance.now(), process.cpuUsage()];
      if (event.type === "observation" && event.done === event.total) {
        [end, cpu] = [performance.now(), process.cpuUsage(cpu)];
      }
    },
  });
  return {
    wallMs: end - start,
    cpuMs: (cpu.user + cpu.system) / 1000 / task.dataset.cases.length,
    peakMb: peakMb(),
  };
}

/** The least that a client must do: a loop over the platform's own fetch, no journal, no scoring. */
async function bare(baseUrl: string, cases: number, inFlight: number): Promise<Measured> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  let next = 0;
  const worker = async () => {
    while (next++ < cases) {
      const body = JSON.stringify({
        model: "bench",
        messages: [{ role: "user", content: `Question ${next}` }],
        temperature: 0.7,
        max_tokens: 256,
      });
      const response = await fetch(`${baseUrl}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      JSON.parse((await response.json()).choices[0].message.content);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - start, cpuMs: (user + system) / 1000 / cases, peakMb: peakMb() };
}

function peakMb(): number {
  if (Deno.build.os !== "linux") return Deno.memoryUsage().rss / 1e6; // the present size, where the peak is not to be had
  const line = /^VmHWM:\s+(\d+) kB/m.exec(Deno.readTextFileSync("/proc/self/status"));
  return Number(line?.[1] ?? NaN) * 1024 / 1e6;
}
