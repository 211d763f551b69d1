import { withFileLock } from "@lib/io/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { inTempFolder } from "./_temp_folder.ts";

Deno.test("withFileLock() lets one caller in at a time, and each of them in", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "a", "f.lock");
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await Promise.resolve();
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => withFileLock(path, work)));
    assert.deepEqual([inside, most], [0, 1]);
  }));

Deno.test("withFileLock() gives back what the work gives back", () =>
  inTempFolder(async (folder) => {
    assert.equal(await withFileLock(join(folder, "f.lock"), () => Promise.resolve(42)), 42);
  }));

Deno.test("withFileLock() drops the lock when the work throws", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "f.lock");
    await assert.rejects(withFileLock(path, () => Promise.reject(new RangeError("no"))), RangeError);
    let waited = false;
    await withFileLock(path, () => Promise.resolve(), { onWait: () => waited = true });
    assert.equal(waited, false);
  }));

Deno.test("withFileLock() tells once that it waits, and gives up at once when it is told to", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "f.lock");
    const reason = new Error("stop");
    const controller = new AbortController();
    let waits = 0;
    await withFileLock(path, async () => {
      const waiting = withFileLock(path, () => Promise.resolve(), {
        onWait: () => {
          waits++;
          controller.abort(reason);
        },
        signal: controller.signal,
      });
      await assert.rejects(waiting, reason);
    });
    assert.equal(waits, 1);
    await withFileLock(path, () => Promise.resolve()); // the one that gave up holds nothing
  }));

Deno.test("withFileLock() gets the lock of a process that was killed", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "f.lock");
    const script = join(folder, "hold.ts");
    const source = import.meta.resolve("@lib/io/file_lock.ts");
    await Deno.writeTextFile(
      script,
      `import { withFileLock } from ${JSON.stringify(source)};
       await withFileLock(Deno.args[0], () => (console.log("held"), new Promise((resolve) => setTimeout(resolve, 1e9))));`,
    );
    const args = ["run", "--no-config", "--no-lock", "-A", script, path];
    const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "null" }).spawn();
    const reader = child.stdout.getReader();
    assert.match(new TextDecoder().decode((await reader.read()).value), /held/);
    let waits = 0;
    await withFileLock(path, () => Promise.resolve(), {
      onWait: () => {
        waits++;
        child.kill("SIGKILL");
      },
    });
    assert.equal(waits, 1);
    await child.status;
    await reader.cancel();
  }));
