/**
 * Tells one process from another that later gets the same pid: a text that stays the same while the process
 * lives, and `undefined` once it has ended. On Linux the boot and the start time, elsewhere the start time.
 *
 * @example Usage
 * ```ts
 * import { processIdentity } from "@lib/model/local/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(await processIdentity(Deno.pid), await processIdentity(Deno.pid));
 * assert.equal(await processIdentity(2 ** 30), undefined);
 * ```
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (!Number.isInteger(pid) || pid < 1) return undefined;
  if (Deno.build.os === "linux") return await fromProc(pid);
  if (Deno.build.os === "windows") {
    const script = `(Get-Process -Id ${pid} -ErrorAction Stop).StartTime.Ticks`;
    return await firstLine("powershell", ["-NoProfile", "-Command", script]);
  }
  return await firstLine("ps", ["-o", "lstart=", "-p", String(pid)]);
}

async function fromProc(pid: number): Promise<string | undefined> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    // the second field, the name, may hold blanks and brackets: proc(5) counts on from its last bracket
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, started] = [fields[0], fields[19]];
    if (state === "Z" || state === "X" || started === undefined) return undefined;
    const boot = await Deno.readTextFile("/proc/sys/kernel/random/boot_id");
    return `${boot.trim()} ${started}`;
  } catch {
    return undefined;
  }
}

async function firstLine(command: string, args: string[]): Promise<string | undefined> {
  const output = await new Deno.Command(command, { args, stderr: "null", env: { LC_ALL: "C" } }).output();
  const text = new TextDecoder().decode(output.stdout).trim();
  return output.success && text !== "" ? text : undefined;
}
