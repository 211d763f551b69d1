import { InputError, runInstaller } from "@lib/io/mod.ts";
import assert from "node:assert/strict";

const ignore = Deno.build.os === "windows"; // the installers here are shell scripts

function shell(script: string, options: Parameters<typeof runInstaller>[3] = {}): Promise<void> {
  return runInstaller("/bin/sh", ["-c", script], "install x", options);
}

Deno.test({
  name:
    "runInstaller() hands on each line of both streams, without blank ones, the last one without its end too",
  ignore,
  fn: async () => {
    const lines: string[] = [];
    await shell("printf 'one\\n\\n  two é  \\n'; printf 'three' >&2", {
      onProgress: (line) => lines.push(line),
    });
    assert.deepEqual(lines.toSorted(), ["  two é", "one", "three"]);
  },
});

Deno.test({
  name: "runInstaller() throws the last 12 lines of an installer that fails",
  ignore,
  fn: async () => {
    await assert.rejects(shell("for n in $(seq 1 30); do echo line $n; done; exit 3"), (error) => {
      assert(error instanceof InputError);
      const found = error.details.found?.split("\n").map((line) => line.trim());
      assert.deepEqual(found, Array.from({ length: 12 }, (_, index) => `line ${index + 19}`));
      return /^Cannot install x\n/.test(error.message);
    });
  },
});

Deno.test({
  name: "runInstaller() tells the exit code of an installer that says nothing",
  ignore,
  fn: () => assert.rejects(shell("exit 3"), /found: {4}exit code 3/),
});

Deno.test({
  name: "runInstaller() ends the installer at once when it is told to, also when a child of it lives on",
  ignore,
  fn: async () => {
    const controller = new AbortController();
    const reason = new Error("stop");
    const pids: string[] = [];
    const run = shell("sleep 1000 & echo $!; wait", {
      onProgress: (line) => {
        pids.push(line);
        controller.abort(reason);
      },
      signal: controller.signal,
    });
    await assert.rejects(run, reason);
    Deno.kill(Number(pids[0]), "SIGKILL");
  },
});

Deno.test({
  name: "runInstaller() starts nothing when it was told to stop before",
  ignore,
  fn: async () => {
    const lines: string[] = [];
    const options = {
      onProgress: (line: string) => lines.push(line),
      signal: AbortSignal.abort(new Error("stop")),
    };
    await assert.rejects(shell("echo started", options), /stop/);
    assert.deepEqual(lines, []);
  },
});
