import assert from "node:assert/strict";
import { join } from "node:path";
import { startChatServer } from "../servers/chat_server.ts";
import { onlyRun, resumeCommand, runEval, runFolders, temporaryFolder } from "./_command_line.ts";
import { answerNote, writeTask } from "./_made_up_task.ts";
import { identity, rawObservations, tally } from "./_raw_journal.ts";

Deno.test.sanitizer({ ops: true, resources: true });

async function mount(...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command("mount", { args, stdout: "null", stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A disk of a few kB in memory. */
async function tinyDisk(size: string): Promise<({ path: string } & AsyncDisposable) | undefined> {
  const path = await Deno.makeTempDir({ prefix: "assay-test-disk-" });
  if (!await mount("-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path)) {
    await Deno.remove(path);
    return undefined;
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      await new Deno.Command("umount", { args: [path] }).output();
      await Deno.remove(path);
    },
  };
}

const disk = await tinyDisk("16k");
await disk?.[Symbol.asyncDispose]();
const ignore = disk === undefined;
const without = ignore
  ? " (needs the right to mount; runPlan() is tested with a failing file elsewhere)"
  : "";

Deno.test({
  name:
    `deno task eval ends with 2 when the disk is full, and the run is whole after --resume on a larger one${without}`,
  ignore,
  async fn() {
    await using server = await startChatServer({ respond: answerNote });
    await using folder = await temporaryFolder();
    const task = await writeTask(join(folder.path, "notes"), {
      cases: 100,
      models: [{ baseUrl: server.baseUrl, concurrency: 4 }],
    });
    await using disk = await tinyDisk("160k");
    assert(disk);
    const full = await runEval([task], { cwd: disk.path });
    assert.equal(full.code, 2, full.stderr);
    assert.match(
      full.stderr,
      /^error: Cannot write the journal\n {2}where: .*\n {2}found: .*os error 28.*\n {2}fix: .*--resume/m,
    );
    assert.doesNotMatch(full.stderr, /^ {4}at /m);
    const asked = server.stats().total;
    assert(asked > 4 && asked < 100, `${asked} requests`);

    assert(await mount("-o", "remount,size=4m", disk.path));
    const resumed = await runEval(resumeCommand(full), { cwd: disk.path });
    assert.equal(resumed.code, 0, resumed.stderr);
    const counts = tally((await rawObservations(await onlyRun(disk.path))).map(identity));
    assert.deepEqual(Object.values(counts), Array(100).fill(1));
    assert(server.stats().total <= 100 + 4 + 1, "only what was in flight was asked again");
  },
});

for (const size of ["8k", "40k"]) {
  Deno.test({
    name: `deno task eval ends with 2 and asks nothing when there is no room for a run (${size})${without}`,
    ignore,
    async fn() {
      await using server = await startChatServer({ respond: answerNote });
      await using folder = await temporaryFolder();
      const task = await writeTask(join(folder.path, "notes"), { models: [{ baseUrl: server.baseUrl }] });
      await using disk = await tinyDisk(size);
      assert(disk);
      const { code, stderr } = await runEval([task], { cwd: disk.path });
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^error: /m);
      assert.doesNotMatch(stderr, /^ {4}at /m);
      assert.equal(server.stats().total, 0);
    },
  });
}

Deno.test("deno task eval ends with 2 when a file stands where its state goes", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), { models: [{ baseUrl: server.baseUrl }] });
  await Deno.mkdir(join(folder.path, ".assay"));
  await Deno.writeTextFile(join(folder.path, ".assay", "runs"), "");
  const { code, stderr } = await runEval([task], { cwd: folder.path });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /^error: .*\n {2}where: .*runs/m);
  assert.doesNotMatch(stderr, /^ {4}at /m);
  assert.equal(server.stats().total, 0);
  await assert.rejects(runFolders(folder.path));
});
