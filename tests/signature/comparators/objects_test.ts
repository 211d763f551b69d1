import { canonicalValue, likeness, softF1 } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { deepFreeze } from "../_deep_freeze.ts";

const lines = {
  by: "objects",
  fields: { name: { by: "text" }, amount: { by: "number", abs: 0.01 } },
} as const;

function near(actual: number, expected: number): void {
  assert(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);
}

Deno.test("softF1() finds the assignment with the largest sum: 2.3 of 7 rows gives .657143", () => {
  // reference statistics.md, section 9: columns 0, 1, 2 of four, 2 x 2.3 / 7
  near(softF1([[.9, .1, .3, .2], [.4, .8, .2, .1], [.3, .7, .6, .5]]), .657143);
});

Deno.test("softF1() does not take the best partner of each row in turn", () => {
  // the costs [[4,1,3],[2,0,5],[3,2,2]] of the same section as likeness 1 - cost/10: columns 1, 0, 2, cost 5
  near(softF1([[.6, .9, .7], [.8, 1, .5], [.7, .8, .8]]), (2 * (3 - .5)) / 6);
  near(softF1([[.9, .8], [.8, 0]]), (2 * 1.6) / 4);
});

Deno.test("softF1() leaves pairs below the threshold unmatched and keeps those at it", () => {
  near(softF1([[.49, 0], [0, .5]]), (2 * .5) / 4);
  near(softF1([[.49, 0], [0, .5]], .4), (2 * .99) / 4);
  near(softF1([[.49]]), 0);
});

Deno.test("softF1() counts unmatched rows on either side", () => {
  near(softF1([[1], [0], [0]]), 2 / 4);
  near(softF1([[1, 0, 0]]), 2 / 4);
});

const matrices = fc.integer({ min: 1, max: 4 }).chain((columns) =>
  fc.array(
    fc.array(fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10), {
      minLength: columns,
      maxLength: columns,
    }),
    { minLength: 1, maxLength: 5 },
  )
);

Deno.test("softF1() equals the best of all assignments", () => {
  const best = (rows: number[][], used: number[]): number => {
    const [row, ...rest] = rows;
    if (!row) return 0;
    const paired = row.flatMap((value, column) =>
      value >= .5 && !used.includes(column) ? [value + best(rest, [...used, column])] : []
    );
    return Math.max(best(rest, used), ...paired);
  };
  fc.assert(fc.property(matrices, (matrix) => {
    const expected = (2 * best(matrix, [])) / (matrix.length + (matrix[0]?.length ?? 0));
    near(softF1(deepFreeze(matrix)), expected);
  }));
});

Deno.test("softF1() is the same from both sides", () => {
  fc.assert(fc.property(matrices, (matrix) => {
    const turned = (matrix[0] ?? []).map((_, column) => matrix.map((row) => row[column] ?? 0));
    near(softF1(matrix), softF1(turned));
  }));
});

Deno.test("objects matches rows in any order by the mean likeness of their fields", () => {
  const wanted = [{ name: "Pan", amount: 20 }, { name: "Lid", amount: 5 }];
  assert.equal(likeness([{ amount: 5, name: "lid" }, { amount: "20", name: "PAN" }], wanted, lines).score, 1);
  near(
    likeness([{ name: "pan", amount: 21 }, { name: "lid", amount: 5 }], wanted, lines).score,
    (2 * 1.5) / 4,
  );
  near(likeness([{ name: "lid", amount: 5 }], wanted, lines).score, 2 / 3);
});

Deno.test("objects counts a row that is there twice as made up", () => {
  const row = { name: "pan", amount: 20 };
  near(likeness([row, row], [row], lines).score, 2 / 3);
  assert.notEqual(canonicalValue([row, row], lines), canonicalValue([row], lines));
});

Deno.test("objects takes two empty lists for the same, and an empty one for nothing else", () => {
  assert.equal(likeness([], [], lines).score, 1);
  assert.equal(likeness([], [{ name: "a", amount: 1 }], lines).score, 0);
  assert.equal(likeness([{ name: "a", amount: 1 }], [], lines).score, 0);
});

Deno.test("objects takes an absent field for null, and no field from the prototype", () => {
  assert.equal(likeness([{ name: "a" }], [{ name: "a", amount: null }], lines).score, 1);
  const options = { by: "objects", fields: { toString: { by: "exact" } } } as const;
  assert.equal(likeness([{}], [{ toString: null }], options).score, 1);
  assert.equal(likeness([null, 5, "x"], [{ name: "a", amount: 1 }], lines).score, 0);
});

Deno.test("objects compares only the fields that are declared", () => {
  const row = { name: "a", amount: 1 };
  assert.equal(likeness([{ ...row, note: "x" }], [{ ...row, note: "y" }], lines).score, 1);
});

Deno.test("objects takes another threshold when one is declared", () => {
  const strict = { ...lines, threshold: 0.6 };
  assert.equal(likeness([{ name: "a", amount: 2 }], [{ name: "a", amount: 1 }], strict).score, 0);
  assert.equal(likeness([{ name: "a", amount: 2 }], [{ name: "a", amount: 1 }], lines).score, 0.5);
});

Deno.test("objects has one canonical text for the same rows in any order", () => {
  const rows = fc.array(
    fc.record({ name: fc.constantFrom("a", "b", "A."), amount: fc.integer({ max: 3, min: 1 }) }),
  );
  fc.assert(fc.property(rows, (value) => {
    assert.equal(canonicalValue(value.toReversed(), lines), canonicalValue(deepFreeze(value), lines));
    assert.equal(likeness(value.toReversed(), value, lines).score, 1);
  }));
});
