import { canonicalValue, compare, likeness, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";

const judged = { by: "judge", judge: "helpful" } as const;

Deno.test("judge takes only the text of the reference for alike, after normalisation", () => {
  assert.deepEqual(likeness("We  are sorry!", "we are sorry", judged), { score: 1 });
  assert.deepEqual(likeness("Our apologies.", "we are sorry", judged), { score: 0 });
  assert.equal(canonicalValue("We  are sorry!", judged), canonicalValue("we are sorry", judged));
});

Deno.test("judge is declared with the name of the judge, which is part of the signature's version", () => {
  const digestOf = (judge: string) =>
    signature({
      name: "t",
      instructions: "",
      input: {},
      output: { reply: compare(z.string(), { by: "judge", judge }) },
    }).digest;
  assert.equal(digestOf("helpful"), digestOf("helpful"));
  assert.notEqual(digestOf("helpful"), digestOf("polite"));
});
