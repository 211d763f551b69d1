import { evaluate, type EvaluateOptions, planRun, type Task } from "@lib/experiment/mod.ts";
import { digest, InputError } from "@lib/io/mod.ts";
import {
  bestOfN,
  compiled,
  type CompiledArtifact,
  derived,
  LeakError,
  leakOf,
  majorityClass,
  nearestNeighbour,
  NO_CALLS,
  predict,
  type Program,
  retrieval,
  selfContext,
  workflow,
} from "@lib/program/mod.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { join } from "node:path";
import { temporaryFolder } from "../end_to_end/_command_line.ts";
import { Refund, type RefundProgram } from "../program/_strategies.ts";
import { startChatServer } from "../servers/chat_server.ts";
import { refundRow, type RefundTask, refundTask, rightAnswer, ticketNumber } from "./_refund_task.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const NOWHERE = "http://127.0.0.1:1/v1";
const once: RefundProgram = predict(Refund, { corrections: 0 });
const asVariants = (variants: Record<string, RefundProgram>) =>
  variants as unknown as Record<string, Program>;

async function withTask<T>(
  { baseUrl = NOWHERE, ...task }: Omit<RefundTask, "folder" | "models"> & { baseUrl?: string },
  work: (run: (options?: EvaluateOptions) => ReturnType<typeof evaluate>, task: Task) => Promise<T>,
): Promise<T> {
  await using folder = await temporaryFolder();
  const made = await refundTask({ ...task, models: [{ baseUrl }], folder: join(folder.path, "refunds") });
  return await work((options) =>
    evaluate(made, {
      stateFolder: join(folder.path, "state"),
      mode: "live",
      policy: { retries: 0 },
      ...options,
    }), made);
}

const LONG = "the enamel pot came two weeks late and the lid has a crack on one side, what do I get back?";
/** Cases of which one of train and one of test say the same, and one of dev and one of test. */
const TWINS = [
  refundRow(1, { split: "train" }),
  refundRow(2, { split: "train", ticket: LONG }),
  refundRow(3, {
    split: "dev",
    ticket: "I ordered the blue kettle and got a red one, please refund it in full",
  }),
  refundRow(4, { split: "test" }),
  refundRow(5, { split: "test", ticket: `${LONG.toUpperCase()} Thanks` }),
  refundRow(6, {
    split: "test",
    ticket: "I ordered the blue kettle and got a red one; please refund it in full!",
  }),
];

const LEARNERS: Readonly<Record<string, RefundProgram>> = {
  retrieval: retrieval(once),
  "retrieval, wrapped": bestOfN(retrieval(once), { n: 2, reward: () => 0 }),
  "retrieval in a derived program": selfContext(once, { sources: [derived("Like it", retrieval(once))] }),
  "retrieval in a workflow": workflow("steps", {
    signature: Refund,
    calls: { only: retrieval(once) },
    body: (input, call) => call("only", input),
  }),
  nearestNeighbour: nearestNeighbour(Refund),
  majorityClass: majorityClass(Refund),
};

for (const [name, program] of Object.entries(LEARNERS)) {
  Deno.test(`${name}: a training case that says what a measured one says is refused with both ids, before a request`, async () => {
    await using server = await startChatServer({ respond: rightAnswer });
    const task = { baseUrl: server.baseUrl, variants: asVariants({ program }), cases: TWINS };
    await withTask(task, async (run) => {
      for (const mode of ["live", "auto", "replay"] as const) {
        const error = await run({ mode, split: "test" }).catch((reason) => reason);
        assert(error instanceof InputError, String(error));
        assert.match(error.message, /The cases r2 and r5 are near-duplicates in different splits/);
        assert.match(error.message, /cases\.csv[^]*r2 of train[^]*r5 of test/);
      }
      assert.equal(server.stats().total, 0);
      if (name === "nearestNeighbour" || name === "majorityClass") return;
      await run({ split: "train" });
      assert(server.stats().total > 0, "what is not measured beside it may stay");
    });
  });
}

Deno.test("a near-duplicate in a split that nothing learns from, or that is not measured, hinders nobody", async () => {
  await using server = await startChatServer({ respond: () => ({ kind: "reply", content: "{}" }) });
  const variants = asVariants({
    plain: once,
    train: retrieval(once),
    dev: retrieval(once, { from: "dev" }),
  });
  await withTask({ baseUrl: server.baseUrl, variants, cases: TWINS }, async (run) => {
    assert.equal((await run({ split: "test", variants: ["plain"] })).status, "complete");
    assert.equal((await run({ split: "dev", variants: ["train", "dev"] })).status, "complete");
    assert.equal((await run({ split: "train" })).status, "complete");
    await assert.rejects(
      run({ split: "test", variants: ["dev"] }),
      /The cases r3 and r6 are near-duplicates/,
    );
    await assert.rejects(
      run({ split: "all", variants: ["train"] }),
      /The cases r2 and r5 are near-duplicates/,
    );
  });
});

Deno.test("a kept failure of a dev case that says what a test case says is refused too", async () => {
  const variants = asVariants({ learning: retrieval(once, { from: "train", includeFailures: true }) });
  const cases = TWINS.filter(({ id }) => id !== "r2");
  await withTask({ variants, cases }, (_run, task) => {
    const mistake = { reason: "late", share: 77 };
    const failure = { case: "r3", cell: "c", run: "run", at: "2026-01-01", mistake };
    const kept = { ...task, failures: [failure] };
    const { examples } = planRun(kept, { split: "test" });
    assert.equal(examples({ from: "train", failures: false }).items.length, 1);
    assert.throws(
      () => examples({ from: "train", failures: true }),
      (error) => error instanceof InputError && /The cases r3 and r6/.test(error.message),
    );
    return Promise.resolve();
  });
});

Deno.test("a kept mistake that is right by now, as the truth was corrected, is no mistake any more", async () => {
  const variants = asVariants({ learning: retrieval(once, { from: "train", includeFailures: true }) });
  const cases = [1, 2, 3].map((n) => refundRow(n, { split: n === 1 ? "dev" : "train" }));
  await withTask({ variants, cases }, (_run, task) => {
    const { expected } = task.dataset.cases.find(({ id }) => id === "r1")!;
    const kindsWith = (mistake: Record<string, unknown>) => {
      const failures = [{ case: "r1", cell: "c", run: "run", at: "2026-01-01", mistake }];
      const { examples } = planRun({ ...task, failures });
      return examples({ from: "train", failures: true }).items.map(({ kind }) => kind);
    };
    assert.deepEqual(kindsWith({ ...expected, share: 99 }).toSorted(), ["case", "case", "failure"]);
    assert.deepEqual(kindsWith(expected), ["case", "case"]);
    return Promise.resolve();
  });
});

Deno.test("examples are cases of their own split alone, and each choice is made once", async () => {
  const cases = [1, 2, 3, 4, 5, 6].map((n) => refundRow(n, { split: ["train", "dev", "test"][n % 3]! }));
  await withTask({ variants: asVariants({ plain: once }), cases }, (_run, task) => {
    const { examples } = planRun(task);
    const ids = (from: "train" | "dev") => examples({ from, failures: true }).items.map(({ id }) => id);
    assert.deepEqual([ids("train"), ids("dev")], [["r3", "r6"], ["r1", "r4"]]);
    assert.equal(examples({ from: "dev", failures: true }), examples({ from: "dev", failures: true }));
    const fields = ["ticket"];
    assert.equal(
      examples({ from: "dev", failures: false, fields }).digest,
      examples({ from: "dev", failures: false }).digest,
    );
    return Promise.resolve();
  });
});

/** An artifact with one example, from the case of a dataset. */
function artifactOf(
  origin: CompiledArtifact["demos"][string][number]["case"],
  ticket: string,
): CompiledArtifact {
  return {
    format: "assay-compiled/1",
    digest: digest([origin, ticket]),
    variant: "predict",
    digests: { signature: Refund.digest, program: digest(once.describe()) },
    instructions: {},
    demos: {
      refund: [{ from: "labelled", case: origin, input: { ticket }, output: { reason: "late", share: 1 } }],
    },
  };
}

const UNDER = refundRow(7, {
  id: "under",
  ticket: LONG,
  group: "g",
  session: "s",
  at: "2026-03-01",
  split: "test",
});
const LEAKS: [what: string, artifact: CompiledArtifact, why: RegExp][] = [
  ["the case itself", artifactOf({ id: "under" }, "else"), /under: the case itself/],
  ["its near-duplicate", artifactOf({ id: "z" }, `${LONG} Thanks`), /z: a near-duplicate of its input/],
  ["its group", artifactOf({ id: "z", group: "g" }, "else"), /z: of the same group g/],
  ["its session", artifactOf({ id: "z", session: "s" }, "else"), /z: of the same session s/],
  ["a later time", artifactOf({ id: "z", at: "2026-03-02" }, "else"), /z: later \(2026-03-02\)/],
  [
    "its near-duplicate, by a call that asks something else",
    artifactOf({ id: "z", input: { ticket: LONG } }, "else"),
    /z: a near-duplicate of its input/,
  ],
];
for (const [what, artifact, why] of LEAKS) {
  Deno.test(`a compiled variant with an example from ${what} is a LeakError with both ids, before a request`, async () => {
    await using server = await startChatServer({ respond: rightAnswer });
    const variants = asVariants({ few: compiled(once, artifact) });
    await withTask({ baseUrl: server.baseUrl, variants, cases: [UNDER] }, async (run) => {
      const error = await run().catch((reason) => reason);
      assert(error instanceof LeakError, String(error));
      assert.deepEqual([error.caseId, error.itemId], ["under", artifact.demos.refund![0]!.case.id]);
      assert.match(error.message, why);
      assert.equal(server.stats().total, 0);
    });
  });
}

Deno.test("an example that tells of a case far down the list ends the run, and the request that would show it is never sent", async () => {
  await using server = await startChatServer({ respond: rightAnswer });
  const variants = asVariants({ few: compiled(once, artifactOf({ id: "r12" }, "else")) });
  const cases = Array.from({ length: 14 }, (_, index) => refundRow(index + 1));
  await withTask({ baseUrl: server.baseUrl, variants, cases }, async (run) => {
    const error = await run({ mode: "live" }).catch((reason) => reason);
    assert(error instanceof LeakError && error.caseId === "r12", String(error));
    assert(server.requests().every((request) => ticketNumber(request) !== 12));
    const asked = server.stats().total;
    await assert.rejects(run({ mode: "auto" }), LeakError);
    assert.equal(server.stats().total, asked, "where every case is looked up, nothing is asked before");
  });
});

Deno.test("a compiled variant runs on cases that its examples tell nothing of", async () => {
  await using server = await startChatServer({ respond: rightAnswer });
  const artifact = artifactOf({ id: "z", group: "h", session: "t", at: "2026-02-28" }, "else");
  const variants = asVariants({ few: compiled(once, artifact) });
  await withTask({ baseUrl: server.baseUrl, variants, cases: [UNDER] }, async (run) => {
    assert.equal((await run()).status, "complete");
    assert.equal(server.stats().total, 1);
  });
});

const words = ["late", "parcel", "lid", "crack", "blue", "kettle", "refund", "please", "five", "days"];
const dataset = fc.array(
  fc.record({
    ticket: fc.array(fc.constantFrom(...words), { minLength: 3, maxLength: 9 }),
    split: fc.constantFrom("train", "train", "test"),
    group: fc.option(fc.constantFrom("g1", "g2", "g3"), { nil: undefined }),
    session: fc.option(fc.constantFrom("s1", "s2"), { nil: undefined }),
    at: fc.option(fc.constantFrom("2026-01-01", "2026-02-01", "2026-03-01"), { nil: undefined }),
  }),
  { minLength: 2, maxLength: 14 },
);

Deno.test("whatever the dataset: it is refused, or no case is told of itself, its twin, its group, its session or what came later", async () => {
  const seen = { refused: 0, answered: 0 };
  /** Retrieves, and says nothing but what it is shown: no request is made. */
  const silent: RefundProgram = {
    ...once,
    run(_input, { demos = {}, case: under }) {
      for (const { origin } of demos.refund ?? []) {
        assert(origin && under);
        assert(origin.id.startsWith("train"));
        assert.equal(leakOf(under, origin), undefined, `${origin.id} tells of ${under.id}`);
      }
      const output = { reason: "late" as const, share: 1 };
      return Promise.resolve({ status: "ok", output, diagnostics: {}, calls: [] });
    },
    forecast: () => NO_CALLS,
  };
  const probe = retrieval(silent, { k: 5 });
  await fc.assert(
    fc.asyncProperty(dataset, async (entries) => {
      const cases = entries.map(({ ticket, split, group, session, at }, index) => ({
        ...refundRow(index + 1),
        id: `${split}${index}`,
        ticket: ticket.join(" "),
        split,
        ...(group && { group }),
        ...(session && { session }),
        ...(at && { at }),
      }));
      await using folder = await temporaryFolder();
      const made = { folder: join(folder.path, "refunds"), models: [{ baseUrl: NOWHERE }], cases };
      try {
        const task = await refundTask({ ...made, variants: asVariants({ probe }) });
        await evaluate(task, { stateFolder: join(folder.path, "state"), mode: "replay" });
        seen.answered++;
      } catch (error) {
        assert(error instanceof InputError && !(error instanceof LeakError), String(error));
        assert.match(error.message, /near-duplicates|spans two splits|order of time|Duplicate|Contradicting/);
        seen.refused++;
      }
    }),
    { numRuns: 60, seed: 5 },
  );
  assert(seen.refused > 5 && seen.answered > 5, JSON.stringify(seen));
});
