import { type CellSummary, type Evaluation, holdRun, summarizeRun } from "@lib/experiment/mod.ts";
import {
  createMlflowClient,
  findMlflow,
  isSent,
  type MlflowClient,
  RUN_KEY,
  type RunningMlflow,
  startMlflow,
  stopMlflow,
  syncRun,
} from "@lib/mlflow/mod.ts";
import { processIdentity } from "@lib/model/local/mod.ts";
import { CATEGORIES } from "@lib/scoring/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runMlflow } from "./_command_line.ts";
import { type FoundRun, readBack } from "./_read_back.ts";
import { BAD, smallTask } from "./_small_task.ts";

function assertSameNumbers(run: FoundRun, cell: CellSummary): void {
  assert.equal(run.metrics.accuracy, cell.accuracy.rate);
  assert.deepEqual([run.metrics.accuracy_low, run.metrics.accuracy_high], [...cell.accuracy.interval]);
  assert.deepEqual([run.metrics.n_observations, run.metrics.n_cases], [8, 4]);
  const counts = CATEGORIES.map((category) =>
    category === "correct" ? run.metrics.n_correct : run.metrics[`failure/${category}`]
  );
  assert.deepEqual(counts, CATEGORIES.map((category) => cell.categories[category]));
  assert.equal(counts.reduce<number>((sum, n) => sum + n!, 0), 8);
  for (const [name, { rate }] of Object.entries(cell.fields)) {
    assert.equal(run.metrics[`field/${name}`], rate);
  }
  assert.equal(run.metrics["field_accuracy/mean"], cell.metrics.field_accuracy?.mean);
  assert.equal(run.metrics["latency/p95_s"], cell.latencyMs!.p95 / 1000);
  assert.equal(run.metrics["tokens/input"], cell.tokens.input);
  assert(Object.values(run.metrics).every((value) => Number.isFinite(value) && value < 1e300));
}

function assertAbout(run: FoundRun, cell: CellSummary, { summary }: Evaluation): void {
  const { manifest, startedAt, endedAt } = summary;
  assert.equal(run.name, `predict/inline @ ${cell.model}`);
  assert.equal(run.status, "FINISHED");
  assert.deepEqual([run.start, run.end], [Date.parse(startedAt), Date.parse(endedAt)]);
  const { params, tags } = run;
  assert.deepEqual([params.variant, params.prompt, params.model], ["predict", "inline", cell.model]);
  assert.deepEqual([params.seed, params.repeats, params.cases, params.structure], ["1", "2", "4", "schema"]);
  assert.equal(params.dataset_digest, manifest.digests.dataset);
  assert.equal(params.signature_digest, manifest.digests.signature);
  assert.equal(params.prompt_digest, manifest.digests.prompts.inline);
  assert.equal(params.code_commit, "0123456789ab+");
  assert.equal(tags["assay.run_key"], `${manifest.id}:${cell.id}`);
  assert.deepEqual([tags.kind, tags["mlflow.source.type"]], ["eval", "LOCAL"]);
  assert.deepEqual([tags["mlflow.source.git.commit"], tags["mlflow.source.git.dirty"]], [
    "0123456789ab",
    "true",
  ]);
  assert.equal(tags["mlflow.source.name"], "deno task eval colours");
  assert(tags["mlflow.user"]);
  const isBad = cell.model.endsWith(BAD);
  assert.equal(tags["assay.cost"], isBad ? "unknown" : "known");
  assert.equal(run.metrics["cost/usd_total"], isBad ? undefined : cell.costUsd);
}

async function assertFiles({ files }: FoundRun, cell: CellSummary, { folder }: Evaluation): Promise<void> {
  assert.deepEqual(Object.keys(files).sort(), ["journal.jsonl.txt", "manifest.json"]);
  assert.equal(files["manifest.json"], await Deno.readTextFile(join(folder, "manifest.json")));
  const lines = files["journal.jsonl.txt"]!.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines.length, 8);
  assert(lines.every((line) => line.cell === cell.id));
  assert.match(lines[0].calls[0].messages[0].content, /^Name the colour/);
}

/** Kills a sync with SIGKILL once the server has answered the nth request to a path. */
async function killDuring(uri: string, folder: string, path: string, n: number): Promise<void> {
  const script = fileURLToPath(new URL("_killed_sync.ts", import.meta.url));
  const args = ["run", "-A", script, uri, folder, path, String(n)];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assert.equal(new TextDecoder().decode(value), "answered\n");
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

Deno.test("syncRun() and a real MLflow server", async (t) => {
  const work = await Deno.makeTempDir({ prefix: "assay work #1 " });
  const root = join(work, ".assay");
  await using task = await smallTask(root);
  const venv = fileURLToPath(new URL("../../.assay/venv", import.meta.url));
  let server: RunningMlflow;
  let client: MlflowClient;
  const evaluations: Evaluation[] = [];

  try {
    await t.step("startMlflow() starts one server, which findMlflow() finds", async () => {
      const start = () => startMlflow({ root, venv, port: freePort(), timeoutMs: 400_000 });
      const first = await start();
      server = first.server;
      client = createMlflowClient({ uri: server.uri, policy: { retries: 1 } });
      assert.equal(first.started, true);
      assert.deepEqual(await start(), { server, started: false });
      assert.deepEqual(await findMlflow({ root }), server);
      await client.check();
    });

    await t.step("ensureExperiment() makes one when many ask, and restores a deleted one", async () => {
      const ask = (tags = {}) =>
        Promise.all([1, 2, 3, 4, 5].map(() => client.ensureExperiment("assay/race", tags)));
      const [id, ...others] = await ask({ "mlflow.note.content": "first" });
      await postRaw(`${server.uri}/api/2.0/mlflow/experiments/delete`, { experiment_id: id });
      const again = await ask({ "mlflow.note.content": "second", extra: "x" });
      assert.equal(new Set([id, ...others, ...again]).size, 1);
    });

    await t.step("ensureRun() finds a run by a key with quotes, and keeps one of two", async () => {
      const experimentId = await client.ensureExperiment("assay/race");
      const run = { experimentId, key: `it's "a":b/c`, name: "n", startTimeMs: 1 };
      const { id } = await client.ensureRun(run);
      assert.equal((await client.ensureRun(run)).id, id);
      const { uri } = server;
      const twin = { experiment_id: experimentId, start_time: 1, tags: [{ key: RUN_KEY, value: run.key }] };
      await postRaw(`${uri}/api/2.0/mlflow/runs/create`, twin);
      await client.ensureRun(run);
      assert.equal((await client.searchRuns([experimentId])).length, 1);
      assert.equal(await client.findRun("0".repeat(32)), undefined);
    });

    await t.step("uploadArtifact() reaches a store without a proxy", async () => {
      const location = pathToFileURL(join(root, "direct")).href;
      const url = `${server.uri}/api/2.0/mlflow/experiments/create`;
      const made = await postRaw(url, { name: "direct", artifact_location: location });
      const run = await client.ensureRun({
        experimentId: String(made.experiment_id),
        key: "k",
        name: "n",
        startTimeMs: 1,
      });
      await client.uploadArtifact(run, "deep/note.txt", { text: "größer" });
      const read = await fetch(`${server.uri}/get-artifact?run_uuid=${run.id}&path=deep/note.txt`);
      assert.equal(await read.text(), "größer");
    });

    await t.step("syncRun() sends a run twice, and isSent() knows", async () => {
      const evaluation = await task.run();
      evaluations.push(evaluation);
      const { folder } = evaluation;
      assert.equal(await isSent(client, folder), false);
      const done: number[] = [];
      const first = await syncRun(client, folder, { onCell: (cell) => done.push(cell.done) });
      assert.deepEqual(done, [1, 2]);
      assert.equal(await isSent(client, folder), true);
      assert.deepEqual(await syncRun(client, folder), first);
    });

    await t.step("syncRun() goes on after a SIGKILL at any point", async () => {
      const evaluation = await task.run();
      evaluations.push(evaluation);
      const { folder } = evaluation;
      await killDuring(server.uri, folder, "runs/create", 1);
      await killDuring(server.uri, folder, "runs/log-batch", 2);
      await killDuring(server.uri, folder, "mlflow-artifacts", 1);
      assert.equal(await isSent(client, folder), false);
    });

    await t.step(
      "deno task mlflow sync sends what is not there yet, and says so in its last line",
      async () => {
        const sync = () => runMlflow(["sync"], { cwd: work, env: { MLFLOW_TRACKING_URI: server.uri } });
        const first = await sync();
        assert.equal(first.code, 0, first.stderr);
        assert.match(first.stderr, /^1\/1 colours-\S+: 2 of 2 cells/m);
        const pages = `${server.uri}/#/experiments/${await client.ensureExperiment("assay/colours")}/runs`;
        assert.equal(first.stdout, `Sent 1 run with 2 cells to ${pages}; 1 run already at ${server.uri}\n`);
        assert.equal((await sync()).stdout, `Sent nothing; 2 runs already at ${server.uri}\n`);
      },
    );

    await t.step(
      "syncRun() sends an interrupted run as killed, and once more when it has gone on",
      async () => {
        const stop = new AbortController();
        const onEvent = ({ type }: { type: string }) => {
          if (type === "observation") stop.abort();
        };
        const { folder, summary } = await task.run({ signal: stop.signal, onEvent, concurrency: 1 });
        const { runs, experimentId } = await syncRun(client, folder);
        assert.deepEqual(Object.keys(runs), summary.cells.map(({ id }) => id));
        const killed = await client.searchRuns([experimentId], "attributes.status = 'KILLED'");
        assert.deepEqual(killed.map(({ id }) => id), Object.values(runs));
        const resumed = await task.run({ resume: summary.manifest.id });
        evaluations.push(resumed);
        assert.equal(await isSent(client, folder), false);
        const after = await syncRun(client, folder);
        assert.deepEqual({ ...after.runs, ...runs }, after.runs);
      },
    );

    await t.step("syncRun() refuses a run that another process writes", async () => {
      const held = await holdRun(evaluations[0]!.folder);
      await assert.rejects(syncRun(client, held.folder), /Cannot send a run that is in use/);
      held.release();
    });

    await t.step(
      "MLflow's own client finds every cell once, with the numbers of summarizeRun()",
      async () => {
        const [found, race] = await readBack(server.uri, "assay/colours", "assay/race");
        assert(found && race);
        const { extra, "mlflow.note.content": note } = race.tags;
        assert.deepEqual([race.stage, note, extra, race.runs.length], ["active", "first", "x", 2]); // one is in the bin
        assert.equal(found.tags["mlflow.experimentKind"], "genai_development");
        assert.equal(found.runs.length, 6);
        for (const evaluation of evaluations) {
          const { manifest, cells } = await summarizeRun(evaluation.folder);
          const files = await Array.fromAsync(Deno.readDir(evaluation.folder), ({ name }) => name);
          assert.deepEqual(files.sort(), ["journal.jsonl", "lock", "manifest.json", "mlflow.json"]);
          assert.equal(cells.length, 2);
          for (const cell of cells) {
            const key = `${manifest.id}:${cell.id}`;
            const [run, ...more] = found.runs.filter(({ tags }) => tags[RUN_KEY] === key);
            assert(run && more.length === 0);
            assertSameNumbers(run, cell);
            assertAbout(run, cell, evaluation);
            await assertFiles(run, cell, evaluation);
          }
        }
        const { id } = evaluations[0]!.summary.manifest;
        const sentTwice = found.runs.filter(({ tags }) => tags["assay.run_id"] === id);
        assert.deepEqual(sentTwice.map(({ points }) => points.accuracy), [1, 1]);
        const bad = sentTwice.find(({ name }) => name.endsWith(BAD))!.metrics;
        const failures = ["provider_error", "format", "wrong", "timeout"].map((name) =>
          bad[`failure/${name}`]
        );
        assert.deepEqual(failures, [2, 2, 2, 0]);
        assert.deepEqual([bad.accuracy, bad["field/count"]], [0.25, 0.5]);
      },
    );

    await t.step("stopMlflow() ends it, and says so once", async () => {
      assert.equal(await stopMlflow({ root }), true);
      assert.equal(await processIdentity(server.pid), undefined);
      await assert.rejects(client.check(), /Cannot reach the MLflow server/);
      assert.equal(await stopMlflow({ root }), false);
    });
  } finally {
    await stopMlflow({ root });
    await Deno.remove(work, { recursive: true });
  }
});

async function postRaw(url: string, body: unknown): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  return await (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json();
}
