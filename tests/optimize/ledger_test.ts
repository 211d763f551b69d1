import { InputError } from "@lib/io/mod.ts";
import type { CaseScore, Category } from "@lib/scoring/mod.ts";
import assert from "node:assert/strict";
import { Ledger } from "@lib/optimize/ledger.ts";

const cost = (calls: number, usd: number | null = 0) => ({ calls, inputTokens: 0, outputTokens: 0, usd });
const counted = (category: Category) => ({
  cost: cost(1),
  score: { category, fields: {}, metrics: {} } satisfies CaseScore,
});

Deno.test("Ledger begins nothing that could go over the most calls, those under way included", () => {
  const ledger = new Ledger({ maxCalls: 10 });
  ledger.pay(cost(4));
  assert(ledger.mayBegin(2, 2), "4 + 3 x 2");
  assert(!ledger.mayBegin(2, 3), "4 + 4 x 2");
  assert.equal(ledger.ended, undefined, "what is under way may come to less");
  assert(!ledger.mayBegin(7));
  assert.equal(ledger.ended, "budget");
});

Deno.test("Ledger ends by the budget when calls have cost it, sums of cents included", () => {
  const ledger = new Ledger({ budgetUsd: 0.1 });
  for (let call = 0; call < 9; call++) ledger.pay(cost(1, 0.01));
  assert(ledger.mayBegin(1));
  ledger.pay(cost(1, 0.01)); // 0.09999999999999999 as numbers add up
  assert(!ledger.mayBegin(1));
  assert.equal(ledger.ended, "budget");
});

Deno.test("Ledger refuses a call of unknown price under a budget, and takes it without one", () => {
  assert.throws(() => new Ledger({ budgetUsd: 1 }).pay(cost(1, null)), InputError);
  const free = new Ledger();
  free.pay(cost(1, null));
  assert.equal(free.spent.usd, null);
  assert(free.mayBegin(1));
});

Deno.test("Ledger ends by errors when more cases than allowed were failed by infrastructure, and by no other fault", () => {
  const ledger = new Ledger({ maxErrors: 1 });
  for (const category of ["wrong", "format", "refused", "timeout"] as const) ledger.count(counted(category));
  assert(ledger.mayBegin(1));
  ledger.count(counted("provider_error"));
  assert(!ledger.mayBegin(1));
  assert.equal(ledger.ended, "errors");
});

Deno.test("Ledger allows ten errors unless told otherwise, and every one counts anew", () => {
  for (const ledger of [new Ledger(), new Ledger()]) {
    for (let error = 0; error < 10; error++) ledger.count(counted("timeout"));
    assert(ledger.mayBegin(1));
  }
});

Deno.test("Ledger throws a RangeError for a limit that is none", () => {
  for (
    const limits of [{ maxCalls: 0 }, { maxCalls: 1.5 }, { budgetUsd: 0 }, { budgetUsd: NaN }, {
      maxErrors: -1,
    }]
  ) {
    assert.throws(() => new Ledger(limits), RangeError, JSON.stringify(limits));
  }
});
