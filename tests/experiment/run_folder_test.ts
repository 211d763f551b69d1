import { findRun, holdRun, listRuns, newRunId } from "@lib/experiment/mod.ts";
import { InputError } from "@lib/io/mod.ts";
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { temporaryFolder } from "../end_to_end/_command_line.ts";

Deno.test.sanitizer({ ops: true, resources: true });

async function addRun(
  runs: string,
  id: string,
  more: { task?: string; createdAt?: string } = {},
): Promise<void> {
  await Deno.mkdir(join(runs, id), { recursive: true });
  const manifest = {
    format: "assay-run/1",
    id,
    task: "notes",
    createdAt: "2026-01-01T00:00:00.000Z",
    ...more,
  };
  await Deno.writeTextFile(join(runs, id, "manifest.json"), JSON.stringify(manifest));
}

Deno.test("newRunId() states the task and the time in UTC, and differs within one moment", () => {
  const now = new Date("2026-03-04T05:06:07.890Z");
  const ids = Array.from({ length: 20 }, () => newRunId("notes", now));
  for (const id of ids) assert.match(id, /^notes-20260304-050607-[0-9a-f]{4}$/);
  assert(new Set(ids).size > 15);
});

Deno.test("listRuns() gives the oldest first across tasks, and no folder without a manifest", async () => {
  await using folder = await temporaryFolder();
  await addRun(folder.path, "zebra-20260101-000000-aaaa", { task: "zebra" });
  await addRun(folder.path, "apple-20260103-000000-aaaa", { task: "apple" });
  await addRun(folder.path, "notes-20260102-000000-ffff");
  await Deno.mkdir(join(folder.path, "notes-20260104-000000-aaaa"));
  await Deno.writeTextFile(join(folder.path, "notes-20260105-000000-aaaa"), "");
  assert.deepEqual(await listRuns(folder.path), [
    "zebra-20260101-000000-aaaa",
    "notes-20260102-000000-ffff",
    "apple-20260103-000000-aaaa",
  ]);
  assert.deepEqual(await listRuns(join(folder.path, "none")), []);
});

Deno.test("findRun() takes the latest run of the task, by the millisecond where two began in one second", async () => {
  await using folder = await temporaryFolder();
  await addRun(folder.path, "notes-20260102-000000-ffff", { createdAt: "2026-01-02T00:00:00.100Z" });
  await addRun(folder.path, "notes-20260102-000000-0000", { createdAt: "2026-01-02T00:00:00.900Z" });
  await addRun(folder.path, "notes-20260101-235959-ffff", { createdAt: "2026-01-01T23:59:59.999Z" });
  await addRun(folder.path, "other-20260103-000000-ffff", { task: "other" });
  assert.equal(basename(await findRun(folder.path, { task: "notes" })), "notes-20260102-000000-0000");
  assert.equal(basename(await findRun(folder.path, {})), "other-20260103-000000-ffff");
});

Deno.test("findRun() refuses an id that is no run, a path included", async () => {
  await using folder = await temporaryFolder();
  await addRun(join(folder.path, "runs"), "notes-20260102-000000-ffff");
  await addRun(folder.path, "outside");
  for (const id of ["nope", "../outside", ".", ""]) {
    await assert.rejects(findRun(join(folder.path, "runs"), { id }), InputError);
  }
});

Deno.test("holdRun() refuses a folder that is held, and gives it out again once it is released", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "run");
  const held = await holdRun(path);
  await assert.rejects(holdRun(path), /^InputError: Another process is writing to this run/);
  held.release();
  (await holdRun(path)).release();
});

Deno.test("holdRun() says what is wrong when the folder cannot be made", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "");
  await assert.rejects(holdRun(join(file, "run")), (error) => {
    assert(error instanceof InputError);
    assert.equal(error.details.where, join(file, "run"));
    return true;
  });
});
