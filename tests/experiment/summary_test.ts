import { evaluate, loadTask, summarizeRun } from "@lib/experiment/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../end_to_end/_command_line.ts";
import { answerNote, noteNumber, repeatOf, writeTask } from "../end_to_end/_made_up_task.ts";
import { type RawObservation, rawObservations, tally } from "../end_to_end/_raw_journal.ts";
import { type Behaviour, type ChatRequest, startChatServer } from "../servers/chat_server.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PRICE = {
  inputPerMillion: 2,
  cachedInputPerMillion: 0.5,
  outputPerMillion: 8,
  source: "made up",
  asOf: "2026-01-01",
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function near(found: number | undefined, wanted: number, what: string): void {
  assert(
    found !== undefined && Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)),
    `${what}: ${found}, not ${wanted}`,
  );
}

/** Quantile of R type 7, from its definition. */
function type7(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const h = (sorted.length - 1) * p;
  const low = Math.floor(h);
  return sorted[low]! + (h - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
}

/** Wilson's interval at the effective number of cases (Miller 2024, section 2.2, with C/(C-1)), from the formulas. */
function interval(observations: readonly RawObservation[], passed: (observation: RawObservation) => boolean) {
  const n = observations.length;
  const rate = observations.filter(passed).length / n;
  const clusters = [...Map.groupBy(observations, (observation) => observation.case).values()];
  const C = clusters.length;
  const squared = sum(
    clusters.map((cluster) => sum(cluster.map((item) => Number(passed(item)) - rate)) ** 2),
  );
  const variance = squared / n ** 2 * (C / (C - 1));
  const plain = rate * (1 - rate) / n;
  const effective = plain === 0 ? C : variance === 0 ? n : Math.min(n, Math.max(C, n * plain / variance));
  const z2 = 1.959963984540054 ** 2;
  const centre = (rate + z2 / (2 * effective)) / (1 + z2 / effective);
  const half = Math.sqrt(z2 * (rate * (1 - rate) / effective + z2 / (4 * effective ** 2))) /
    (1 + z2 / effective);
  return { rate, effective, low: Math.max(0, centre - half), high: Math.min(1, centre + half), n };
}

/** Answers of every kind, faults of the wire included; the model `bare` reports no usage. */
function respond(request: ChatRequest, n: number): Behaviour {
  const note = noteNumber(request);
  if (note === 16) return { kind: "status", status: 400 };
  if (note === 17) return { kind: "refusal", text: "No." };
  if (note === 18) return { kind: "null_content" };
  if (note === 19) return { kind: "status", status: 408 };
  if (note === 26 && repeatOf(request) === 0) return { kind: "status", status: 503 };
  const answer = answerNote(request);
  if (note === 13 && request.body.messages.length > 2) {
    return { kind: "reply", content: '{"colour":"green","kilos":7,"owner":"Ann-13"}' };
  }
  const usage = {
    prompt_tokens: 100 + n,
    completion_tokens: 20 + note,
    total_tokens: 120 + n + note,
    prompt_tokens_details: { cached_tokens: n % 50 },
    completion_tokens_details: { reasoning_tokens: note % 5 },
  };
  if (answer.kind !== "reply") return answer;
  return { ...answer, usage: request.body.model === "bare" ? null : usage };
}

Deno.test("summarizeRun() gives the numbers that the raw journal gives, for every kind of answer", async () => {
  await using server = await startChatServer({ respond });
  await using folder = await temporaryFolder();
  const path = await writeTask(join(folder.path, "notes"), {
    cases: 30,
    models: [{ baseUrl: server.baseUrl, price: PRICE }, {
      baseUrl: server.baseUrl,
      model: "bare",
      price: PRICE,
    }],
    variants: "one: predict(Notes, { corrections: 1 }), two: chainOfThought(Notes, { corrections: 0 })",
    repeats: 3,
  });
  const evaluation = await evaluate(await loadTask(path), {
    stateFolder: join(folder.path, "state"),
    policy: { retries: 1, backoffMs: 0 },
  });
  assert.equal(evaluation.status, "complete");
  const { cells, status, manifest } = evaluation.summary;
  assert.equal(status, "complete");
  assert.deepEqual(cells, (await summarizeRun(evaluation.folder)).cells, "read again, the same");
  const raw = await rawObservations(evaluation.folder);
  assert.equal(raw.length, 4 * 30 * 3);
  assert.deepEqual(
    manifest.cells.map(({ id }) => id).sort(),
    [...new Set(raw.map(({ cell }) => cell))].sort(),
  );
  const kinds = new Set(raw.map(({ score }) => score.category));
  for (
    const kind of [
      "correct",
      "wrong",
      "missing",
      "hallucinated",
      "format",
      "truncated",
      "refused",
      "empty",
      "timeout",
      "provider_error",
    ]
  ) {
    assert(kinds.has(kind), `the run holds ${kind}`);
  }

  for (const cell of cells) {
    const own = raw.filter((observation) => observation.cell === cell.id);
    const calls = own.flatMap((observation) => observation.calls);
    const is = (what: string) => `${cell.id}: ${what}`;
    assert.deepEqual([cell.planned, cell.observed, cell.cases], [90, own.length, 30]);

    const correct = (observation: RawObservation) => observation.score.category === "correct";
    const wanted = interval(own, correct);
    assert.deepEqual(
      [cell.accuracy.passed, cell.accuracy.total],
      [own.filter(correct).length, 90],
      "failed ones are in the denominator",
    );
    near(cell.accuracy.rate, wanted.rate, is("accuracy"));
    near(cell.accuracy.effectiveN, wanted.effective, is("effective n"));
    near(cell.accuracy.interval[0], wanted.low, is("low"));
    near(cell.accuracy.interval[1], wanted.high, is("high"));
    assert(cell.accuracy.effectiveN < 60, "three repeats of a case are not three cases");

    const counted = Object.entries(cell.categories).filter(([, count]) => count > 0);
    assert.deepEqual(Object.fromEntries(counted), tally(own.map(({ score }) => score.category)));
    assert.equal(sum(Object.values(cell.categories)), 90);

    assert.deepEqual(Object.keys(cell.fields), ["colour", "kilos", "owner"]);
    for (const [field, rate] of Object.entries(cell.fields)) {
      const right = (observation: RawObservation) => observation.score.fields[field]?.outcome === "correct";
      const known = interval(own, right);
      assert.deepEqual([rate.passed, rate.total], [own.filter(right).length, 90]);
      near(rate.rate, known.rate, is(field));
      near(rate.interval[0], known.low, is(`${field} low`));
      near(rate.interval[1], known.high, is(`${field} high`));
      assert.deepEqual(rate.outcomes, tally(own.map(({ score }) => score.fields[field]?.outcome ?? "")));
    }
    for (const metric of ["accuracy", "field_accuracy"]) {
      assert.deepEqual([cell.metrics[metric]?.n, cell.metrics[metric]?.errors], [90, 0]);
      near(
        cell.metrics[metric]?.mean ?? NaN,
        sum(own.map(({ score }) => score.metrics[metric] ?? NaN)) / 90,
        is(metric),
      );
    }

    const answered = own.filter(({ calls }) => calls.every(({ result }) => result.ok));
    const latencies = answered.map(({ calls }) =>
      sum(calls.map(({ timing }) => timing.attempts.at(-1)!.durationMs))
    );
    assert.equal(cell.latencyMs?.n, latencies.length);
    assert(latencies.length < 90 && latencies.length > 70);
    near(cell.latencyMs?.p50, type7(latencies, 0.5), is("p50"));
    near(cell.latencyMs?.p95, type7(latencies, 0.95), is("p95"));

    const usages = calls.flatMap(({ usage }) => usage ? [usage] : []);
    assert.deepEqual(cell.tokens, {
      input: sum(usages.map(({ inputTokens }) => inputTokens)),
      cached: sum(usages.map(({ cachedTokens }) => cachedTokens)),
      output: sum(usages.map(({ outputTokens }) => outputTokens)),
      reasoning: sum(usages.map(({ reasoningTokens }) => reasoningTokens)),
      unknownCalls: calls.length - usages.length,
    });
    const priced = usages.map(({ inputTokens, cachedTokens, outputTokens }) =>
      ((inputTokens - cachedTokens) * 2 + cachedTokens * 0.5 + outputTokens * 8) / 1e6
    );
    near(cell.incurredUsd, sum(priced), is("cost of live calls"));
    assert.equal(cell.costUsd, null, "the price of a call without usage is unknown, not 0");
    assert.deepEqual(cell.calls, {
      total: calls.length,
      live: calls.length,
      cache: 0,
      recording: 0,
      failedAttempts: calls.flatMap(({ timing }) => timing.attempts).filter(({ fault }) => fault).length,
      corrections: calls.filter(({ path }) => path.some((name) => name.startsWith("correction"))).length,
    });
    assert.equal(cell.calls.corrections > 0, cell.variant === "one");
  }
  near(evaluation.spentUsd, sum(cells.map(({ incurredUsd }) => incurredUsd)), "spent");
  const attempts = raw.flatMap(({ calls }) => calls).flatMap(({ timing }) => timing.attempts).length;
  assert.equal(server.stats().total, attempts, "every request is in the journal");
});

Deno.test("summarizeRun() knows the cost when every call has a usage, cached calls included, and says what is new", async () => {
  await using server = await startChatServer({
    respond: (request) => ({
      kind: "reply",
      content: JSON.stringify({ colour: "red", kilos: noteNumber(request), owner: null }),
    }),
  });
  await using folder = await temporaryFolder();
  const path = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: server.baseUrl, price: PRICE }],
  });
  const task = await loadTask(path);
  const options = { stateFolder: join(folder.path, "state") };
  const [first] = (await evaluate(task, options)).summary.cells;
  const [second] = (await evaluate(task, options)).summary.cells;
  // 120 tokens in, 64 of them cached, 12 out
  const each = (56 * 2 + 64 * 0.5 + 12 * 8) / 1e6;
  near(first?.costUsd ?? NaN, 20 * each, "cost");
  near(first?.incurredUsd, 20 * each, "live cost");
  near(second?.costUsd ?? NaN, 20 * each, "cost of the same calls from the cache");
  assert.equal(second?.incurredUsd, 0);
});

Deno.test("summarizeRun() leaves out a cell without an observation, and says that a run was killed", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const path = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: server.baseUrl, concurrency: 1 }],
    variants: "one: predict(Notes), two: predict(Notes, { maxTokens: 99 })",
  });
  const { folder: run } = await evaluate(await loadTask(path), {
    stateFolder: join(folder.path, "state"),
    limit: 4,
  });
  const journal = join(run, "journal.jsonl");
  const lines = (await Deno.readTextFile(journal)).split("\n");
  const cut = lines.slice(0, 1 + lines.findIndex((line) => line.includes('"case":"n3"'))); // killed after the third case
  await Deno.writeTextFile(journal, `${cut.join("\n")}\n`);
  const { cells, status } = await summarizeRun(run);
  assert.equal(status, "interrupted");
  assert.deepEqual(cells.map(({ variant, observed, planned }) => [variant, observed, planned]), [[
    "one",
    3,
    4,
  ]]);
});

Deno.test("summarizeRun() counts the answering attempts alone as latency, also of a workflow that got over a failed call", async () => {
  await using server = await startChatServer({
    respond: (request, n) => {
      if (n === 1) return { kind: "status", status: 503 };
      if (request.body.max_tokens === 99) return { kind: "status", status: 400 };
      return { kind: "reply", content: '{"colour":"red","kilos":1,"owner":null}', delayMs: 20 };
    },
  });
  await using folder = await temporaryFolder();
  const path = await writeTask(join(folder.path, "notes"), {
    cases: 1,
    models: [{ baseUrl: server.baseUrl }],
    variants: `flow: workflow("flow", {
      signature: Notes,
      calls: { sort: predict(Notes), extra: predict(Notes, { maxTokens: 99 }) },
      body: async (input, call) => {
        const answer = await call("sort", input);
        return await call("extra", input).catch(() => answer);
      },
    })`,
  });
  const { folder: run, summary } = await evaluate(await loadTask(path), {
    stateFolder: join(folder.path, "state"),
    policy: { backoffMs: 0 },
  });
  const [{ calls, prediction }] = await rawObservations(run) as [RawObservation];
  assert.equal(prediction.status, "ok");
  assert.deepEqual(calls.map(({ result, timing }) => [result.ok, timing.attempts.length]), [[true, 2], [
    false,
    1,
  ]]);
  const latencyMs = calls[0]!.timing.attempts[1]!.durationMs;
  assert.deepEqual(summary.cells[0]?.latencyMs, { p50: latencyMs, p95: latencyMs, n: 1 });
  assert.equal(summary.cells[0]?.calls.failedAttempts, 2);
});
