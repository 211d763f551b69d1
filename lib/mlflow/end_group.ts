import process from "node:process";
import { processIdentity } from "../model/local/mod.ts";
import { isHealthy } from "./health.ts";
import type { RunningMlflow } from "./server_state.ts";

/** Ends all processes of a server: asks them first, and kills after `graceMs` what is left of them. */
export async function endGroup(server: RunningMlflow, graceMs = 8000): Promise<void> {
  const { pid, uri } = server;
  const leads = async () => await processIdentity(pid) === server.process;
  if (!await leads()) return; // it ended, and its pid may be another's by now
  await signalGroup(pid, "SIGTERM");
  // its first process ends at once, the one that answers when it has answered
  for (const deadline = Date.now() + graceMs; Date.now() < deadline;) {
    if (!await leads() && !await isHealthy(uri, 1000)) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await signalGroup(pid, "SIGKILL");
  for (const deadline = Date.now() + 5000; await leads() && Date.now() < deadline;) {
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Sends a signal to a process group; one that has ended is fine. */
export async function signalGroup(pid: number, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (Deno.build.os === "windows") {
    const args = ["/PID", String(pid), "/T", ...(signal === "SIGKILL" ? ["/F"] : [])];
    await new Deno.Command("taskkill", { args, stdout: "null", stderr: "null" }).output();
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
