import { InputError } from "@lib/io/mod.ts";
import { compatible, type Price } from "@lib/model/mod.ts";
import {
  onModel,
  optimize,
  type Optimizer,
  type OptimizeSetting,
  type PerCallReport,
  perCallSearch,
  reasoning,
  voting,
} from "@lib/optimize/mod.ts";
import { predict, selfConsistency, selfContext, userState, workflow } from "@lib/program/mod.ts";
import { tangoInterval } from "@lib/stats/mod.ts";
import assert from "node:assert/strict";
import { plain, reply, settingAt } from "./_setting.ts";
import {
  answeringCalls,
  asProgram,
  assess,
  devCases,
  Kind,
  kindCall,
  planted,
  Size,
  sizeCall,
} from "./_workflow.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PRICE: Price = {
  inputPerMillion: 1000,
  cachedInputPerMillion: 1000,
  outputPerMillion: 1000,
  source: "made up",
  asOf: "2026-01-01",
};
const FREE: Price = { ...PRICE, inputPerMillion: 0, cachedInputPerMillion: 0, outputPerMillion: 0 };
const search = perCallSearch({ strengthenings: [voting(5)] });

/** The report of a search over the planted workflow at a server, on things 6 to 17. */
async function searchAt(
  server: { baseUrl: string },
  changes: Partial<OptimizeSetting> = {},
  { by = search, price }: { by?: Optimizer; price?: Price } = {},
) {
  await using setting = settingAt(
    server,
    { program: asProgram(assess), dev: devCases(6, 18), ...changes },
    price ? { price } : {},
  );
  const optimized = await optimize(by, setting);
  assert.equal(optimized.chosen, undefined, "a workflow is code, so there is nothing to make a file of");
  return {
    optimized,
    text: optimized.report?.text ?? "",
    report: optimized.report?.data as PerCallReport,
  };
}

Deno.test("perCallSearch() finds the one unstable call of a workflow", async (t) => {
  await using server = await answeringCalls();
  const { report, text, optimized } = await searchAt(server, {}, { price: PRICE });

  await t.step(
    "it measures each call: accuracy, first wrong call of each error, instability of samples",
    () => {
      assert.deepEqual([report.baseline.right, report.baseline.total], [3, 12]);
      const [kind, size] = report.measured.calls;
      assert(kind?.accuracy && size?.accuracy && size.instability !== null);
      assert.deepEqual([kind.name, kind.called, kind.ok, kind.failed], ["kind", 12, 12, 0]);
      assert.deepEqual([kind.accuracy.right, kind.accuracy.total, kind.instability], [11, 12, 0]);
      assert.deepEqual([size.accuracy.right, size.accuracy.total], [4, 12]);
      // 8 things at 3 of 5, 4 at 4 of 5
      assert.equal(size.instability.toFixed(12), (1 - (8 * 0.6 + 4 * 0.8) / 12).toFixed(12));
      assert.deepEqual(report.measured.errors, { total: 9, noneOfItsOwn: 0 });
      assert.deepEqual([kind.firstWrong, size.firstWrong], [1, 8]);
    },
  );

  await t.step("it recommends that call alone, as all calls are no better and dearer", () => {
    const found = report.tried.map(({ calls, right, gain }) => [calls.join(), right, gain?.verdict]);
    assert.deepEqual(found, [["size", 11, "better"], ["kind", 3, "cannot tell"], [
      "kind,size",
      11,
      "better",
    ]]);
    assert.deepEqual(report.recommended, report.tried[0]);
    const code = "assess.with({ size: { strategy: (program) => selfConsistency(program, { samples: 5 }) } })";
    assert.equal(report.recommended?.code, code);
    assert.match(
      text,
      new RegExp(`Recommended: self-consistency of 5 on \`size\` only.*\n  ${RegExp.escape(code)}$`),
    );
    assert.equal(optimized.verdict, "recommended: self-consistency of 5 on size");
  });

  await t.step("it says what each strengthening costs and gives, in numbers and in a sentence", () => {
    const { gain } = report.tried[0]!;
    assert(gain);
    const { comparison } = gain;
    assert.deepEqual([comparison.onlyFirst, comparison.onlySecond, comparison.pairs], [8, 0, 12]);
    assert.equal(comparison.difference, 8 / 12);
    // 95% for three comparisons together: z at 1 - 0.05 / 6
    const z = 2.3939797998185104;
    const [low, high] = tangoInterval({ pairs: 12, onlyFirst: 8, onlySecond: 0 }, { z });
    assert(Math.abs(comparison.interval[0] - low) < 1e-8 && Math.abs(comparison.interval[1] - high) < 1e-8);
    const usd = 4 * (10 + 1) * 1000 / 1e6; // four samples more a case, of 10 tokens in and 1 out
    assert.equal(gain.requestsPerCase, 4);
    assert.equal(gain.inputTokensPerCase, 40);
    assert.equal(gain.outputTokensPerCase, 4);
    assert.equal(gain.usdPer100Cases?.toFixed(9), (100 * usd).toFixed(9));
    assert.equal(gain.rightPerUsd?.toFixed(6), (8 / (12 * usd)).toFixed(6));
    assert.equal(gain.rightPer1000Requests, 8000 / 48);
    const interval = `[${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}]`;
    assert(
      text.includes(
        `self-consistency of 5 on \`size\` only: +66.7 points ${interval} for +${+(100 * usd).toFixed(
          1,
        )} USD per 100 cases: better.`,
      ),
      text,
    );
    assert.match(text, /self-consistency of 5 on `kind` only: 0 points \[.*: cannot tell\./);
    assert.match(text, /self-consistency of 5 on all calls: \+66\.7 points/);
  });

  await t.step("it makes exactly the requests that it forecasts", () => {
    const wanted = 12 * (2 + 2 * 5 + (5 + 1) + (1 + 5) + 2 * 5);
    assert.deepEqual(report.forecast, { least: wanted, most: wanted });
    assert.equal(server.stats().total, wanted);
    assert.equal(optimized.cost.calls, wanted);
    assert.match(optimized.notes[0] ?? "", /^408 to 408 requests/);
  });
});

Deno.test("perCallSearch() blames the first of several wrong calls, or none where none is wrong in its own fields", async () => {
  const spoiling = asProgram(workflow("spoiling", {
    signature: assess.signature,
    calls: { kind: kindCall, size: sizeCall },
    body: async ({ thing }, call) => {
      const { kind } = await call("kind", { thing });
      const { size } = await call("size", { thing, kind });
      return { kind, size: thing === "thing8" ? "medium" : size };
    },
  }));
  await using server = await answeringCalls(({ call, number }) =>
    reply({ [call]: call === "kind" ? number === 6 ? "toy" : "tool" : number < 8 ? "medium" : "small" })
  );
  const { report, text } = await searchAt(server, { program: spoiling, dev: devCases(6, 9) }, {
    by: perCallSearch({ strengthenings: [], samples: 2 }),
  });
  assert.deepEqual(report.measured.calls.map(({ firstWrong }) => firstWrong), [1, 1]);
  assert.deepEqual(report.measured.errors, { total: 3, noneOfItsOwn: 1 });
  assert.match(text, /no call was wrong in a field of its own in 1 of 3 errors/);
  assert.match(text, /Recommended: none, as nothing was tried to its end\.$/);
});

Deno.test("perCallSearch() samples a call on the inputs that it has in the workflow as it stands", async () => {
  await using server = await answeringCalls(({ call, number, rollout }) =>
    call === "kind" ? reply({ kind: rollout === 0 ? "tool" : "toy" }) : planted({ call, number, rollout })
  );
  await searchAt(server, { dev: devCases(6, 7) }, { by: perCallSearch({ strengthenings: [], samples: 3 }) });
  const sizes = server.requests().filter(({ text }) => text.includes('"size"'));
  assert.equal(sizes.length, 4);
  for (const { text } of sizes) assert(text.includes("tool") && !/<kind>\\ntoy/.test(text), text);
});

Deno.test("perCallSearch() cannot tell on few cases, says so, and recommends nothing", async () => {
  await using server = await answeringCalls();
  const { report, text } = await searchAt(server, { dev: devCases(13, 15) });
  const size = report.tried.find(({ calls }) => calls.join() === "size");
  assert.deepEqual([size?.right, size?.gain?.comparison.onlyFirst, size?.gain?.verdict], [
    2,
    1,
    "cannot tell",
  ]);
  assert.equal(report.recommended, null);
  assert.match(text, /Recommended: none, as no interval lies above 0\.$/);
});

Deno.test("perCallSearch() says when a strengthening makes it worse", async () => {
  await using server = await answeringCalls(({ call, rollout }) =>
    reply(call === "kind" ? { kind: "tool" } : { size: rollout === 0 ? "small" : "large" })
  );
  const { report } = await searchAt(server, { dev: devCases(6, 12) });
  const size = report.tried.find(({ calls }) => calls.join() === "size");
  assert.deepEqual([size?.right, size?.gain?.comparison.onlySecond, size?.gain?.verdict], [0, 6, "worse"]);
  assert.equal(report.recommended, null);
});

Deno.test("perCallSearch() never divides by a price that is 0 or unknown: it says so, and counts by requests", async () => {
  await using server = await answeringCalls();
  const free = await searchAt(server, {}, { price: FREE });
  assert.equal(free.report.tried[0]?.gain?.usdPer100Cases, 0);
  assert.equal(free.report.tried[0]?.gain?.rightPerUsd, null);
  assert.equal(free.report.tried[0]?.gain?.rightPer1000Requests, 8000 / 48);
  assert.match(
    free.text,
    /for no price \(own hardware.*no gain per USD, as there is no price, \+166\.7 per 1000 requests/,
  );
  assert.deepEqual(free.report.recommended?.calls, ["size"], "the fewest requests");
  const unknown = await searchAt(server, { dev: devCases(6, 8) });
  assert.equal(unknown.report.tried[0]?.gain?.usdPer100Cases, null);
  assert.match(unknown.text, /for an unknown price.*no gain per USD, as the price is unknown/);
});

Deno.test("perCallSearch() tries a strengthening only where it changes a call", async () => {
  await using server = await answeringCalls(({ call }) =>
    reply({ reasoning: "So.", [call]: call === "kind" ? "tool" : "small" })
  );
  const program = asProgram(workflow("assess", {
    signature: assess.signature,
    calls: { kind: selfContext(predict(Kind), { sources: [userState("tier")] }), size: predict(Size) },
    body: async ({ thing }, call) => {
      const { kind } = await call("kind", { thing });
      return { kind, size: (await call("size", { thing, kind })).size };
    },
  }));
  const { report, text } = await searchAt(server, { program, dev: devCases(6, 8) }, {
    by: perCallSearch({ strengthenings: [reasoning()], samples: 2 }),
  });
  assert.deepEqual(report.tried.map(({ calls, code }) => [calls, code]), [
    [["size"], "assess.with({ size: { strategy: ({ signature }) => chainOfThought(signature) } })"],
  ]);
  assert.deepEqual(report.inapplicable, [{ strengthening: "a chain of thought", calls: ["kind"] }]);
  assert.match(text, /a chain of thought changes nothing on `kind`: not tried there/);
});

Deno.test("perCallSearch() may give one call another model", async () => {
  await using small = await answeringCalls();
  await using big = await answeringCalls(({ call }) => reply({ [call]: call === "kind" ? "tool" : "small" }));
  const model = compatible("big", { baseUrl: big.baseUrl });
  const by = perCallSearch({ strengthenings: [onModel(model, "bigModel")], samples: 2 });
  const { report } = await searchAt(small, {}, { by });
  const found = report.tried.map(({ calls, right, code }) => [calls.join(), right, code]);
  assert.deepEqual(found, [
    ["size", 11, "assess.with({ size: { model: bigModel } })"],
    ["kind", 4, "assess.with({ kind: { model: bigModel } })"],
    ["kind,size", 12, "assess.with({ kind: { model: bigModel }, size: { model: bigModel } })"],
  ]);
  assert.equal(big.stats().total, 12 * 4);
});

Deno.test("perCallSearch() counts failed calls as wrong and as the first wrong one", async () => {
  await using server = await answeringCalls((asked) =>
    asked.call === "kind" && asked.number === 6 ? reply("no kind") : planted(asked)
  );
  const { report } = await searchAt(server, { dev: devCases(6, 8) });
  const [kind, size] = report.measured.calls;
  assert.deepEqual([kind?.called, kind?.failed, kind?.accuracy?.right, kind?.accuracy?.total], [2, 1, 1, 2]);
  assert.deepEqual([size?.called, kind?.firstWrong, size?.firstWrong], [1, 1, 1]);
  assert.equal(report.measured.errors.total, 2);
});

Deno.test("perCallSearch() tries the most promising call first, and says what a limit left open", async () => {
  await using server = await answeringCalls();
  const spent = 12 * (2 + 10 + 6); // the workflow, the samples, one strengthening
  const { report, optimized } = await searchAt(server, { limits: { maxCalls: spent + 20 } });
  assert.equal(optimized.status, "budget");
  assert.deepEqual(report.tried.map(({ calls, gain }) => [calls.join(), gain?.verdict ?? "open"]), [
    ["size", "better"],
    ["kind", "open"],
  ]);
  assert.deepEqual(report.recommended?.calls, ["size"]);
  assert(optimized.cost.calls <= spent + 20);
});

Deno.test("perCallSearch() begins with the call that most errors begin with, however steady it is", async () => {
  await using server = await answeringCalls(({ call, rollout }) =>
    reply(call === "kind" ? { kind: "toy" } : { size: rollout === 0 ? "small" : "large" })
  );
  const { report } = await searchAt(server, { dev: devCases(6, 8) });
  assert.deepEqual(report.measured.calls.map(({ instability }) => Number(instability?.toFixed(9))), [0, 0.2]);
  assert.deepEqual(report.tried.map(({ calls }) => calls.join()), ["kind", "size", "kind,size"]);
});

Deno.test("perCallSearch() has no report when a limit ended the workflow as it stands", async () => {
  await using server = await answeringCalls();
  const { optimized } = await searchAt(server, { limits: { maxCalls: 5 } });
  assert.equal(optimized.report, undefined);
  assert.equal(optimized.verdict, "nothing was measured to its end");
});

Deno.test("perCallSearch() gives the same report again, whatever the order of replies", async () => {
  await using server = await answeringCalls();
  const few = { dev: devCases(12, 15) };
  const [first, second] = [await searchAt(server, few), await searchAt(server, few)];
  assert.deepEqual(second.report, first.report);
  assert.equal(second.text, first.text);
});

Deno.test("perCallSearch() refuses what is no workflow, what is wrapped round one, and dev cases that are missing", async () => {
  await using server = await answeringCalls();
  for (const program of [plain, asProgram(selfConsistency(assess, { samples: 2 }))]) {
    await assert.rejects(
      searchAt(server, { program }),
      (error) => error instanceof InputError && /no workflow/.test(error.message),
    );
  }
  await assert.rejects(
    searchAt(server, { dev: [] }),
    (error) => error instanceof InputError && /no case to choose by/.test(error.message),
  );
  assert.throws(() => perCallSearch({ samples: 1 }), RangeError);
  assert.equal(server.stats().total, 0);
});
