import type { Case } from "@lib/dataset/mod.ts";
import { leakOf } from "@lib/program/mod.ts";
import { caseContext } from "@lib/optimize/case_context.ts";
import { poolOf } from "@lib/optimize/demo_pool.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { caseOf, casesOf } from "./_setting.ts";

const LONG =
  "the parcel came on monday and the box was open at one side so that half of the tea was on the floor";

Deno.test("poolOf() keeps training cases that tell of no case that is held back", () => {
  const { cases, withheld } = poolOf(casesOf("train", 0, 3), casesOf("test", 3, 6));
  assert.deepEqual([cases.map(({ id }) => id), withheld], [["t0", "t1", "t2"], []]);
});

Deno.test("poolOf() withholds near-duplicates, members of a group or session, and later cases, and names both", () => {
  const at = (day: number) => `2026-01-0${day}T00:00:00Z`;
  const train = [
    caseOf(0, "train", { input: { thing: LONG } }),
    caseOf(1, "train", { group: "g" }),
    caseOf(2, "train", { session: "s" }),
    caseOf(3, "train", { at: at(3) }),
    caseOf(4, "train", { at: at(1) }),
  ];
  const heldBack = [
    caseOf(10, "dev", { input: { thing: `${LONG.toUpperCase()}!` } }),
    caseOf(11, "test", { group: "g" }),
    caseOf(12, "test", { session: "s" }),
    caseOf(13, "test", { at: at(2) }),
  ];
  const { cases, withheld } = poolOf(train, heldBack);
  assert.deepEqual(cases.map(({ id }) => id), ["t4"]);
  assert.deepEqual(withheld.map(({ id, of }) => [id, of]), [["t0", "t10"], ["t1", "t11"], ["t2", "t12"], [
    "t3",
    "t13",
  ]]);
  assert.match(withheld[0]?.why ?? "", /near-duplicate/);
});

Deno.test("poolOf() makes no duplicate of a text that many cases share", () => {
  const shared = (number: number, split: Case["split"]) =>
    caseOf(number, split, { input: { policy: LONG, thing: `thing${number}` } });
  assert.deepEqual(poolOf([shared(0, "train")], [shared(1, "test")]).withheld, []);
});

Deno.test("poolOf() leaves nothing that leaks into a case that is held back, in any dataset", () => {
  const words = fc.array(fc.constantFrom("red", "box", "tea", "cup", "mug", "lid"), {
    minLength: 1,
    maxLength: 5,
  });
  const some = (split: Case["split"], first: number) =>
    fc.array(
      fc.record({
        thing: words.map((list) => list.join(" ")),
        group: fc.constantFrom(undefined, undefined, "g", "h"),
        session: fc.constantFrom(undefined, undefined, "s"),
        at: fc.constantFrom(undefined, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
      }),
      { maxLength: 8 },
    ).map((list) =>
      list.map(({ thing, group, session, at }, index) =>
        caseOf(first + index, split, {
          input: { thing },
          ...(group && { group }),
          ...(session && { session }),
          ...(at && { at }),
        })
      )
    );
  fc.assert(fc.property(some("train", 0), some("test", 100), (train, heldBack) => {
    const { cases, withheld } = poolOf(train, heldBack);
    for (const entry of cases) {
      for (const under of heldBack) assert.equal(leakOf(caseContext(under), entry), undefined);
    }
    assert.equal(cases.length + withheld.length, train.length);
    for (const { id, of } of withheld) {
      const [entry, under] = [train.find((one) => one.id === id), heldBack.find((one) => one.id === of)];
      assert(entry && under && leakOf(caseContext(under), entry), `${id} and ${of}`);
    }
  }));
});
