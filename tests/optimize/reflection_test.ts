import { failureText } from "@lib/optimize/reflection/failure_text.ts";
import { quotesOf } from "@lib/optimize/reflection/quotes.ts";
import type { CaseRun } from "@lib/optimize/mod.ts";
import assert from "node:assert/strict";
import { caseOf, Colour } from "./_setting.ts";

const MAIL = "My kettle from order ZN-82463 has lost its lid on the way, please send another one soon.";
const text = [{ name: "order_id", description: "", type: "text or null", compare: { by: "exact" as const } }];

function mailCase(number: number, mail = `${MAIL} Case ${number}.`, order: string | null = "ZN-82463") {
  return caseOf(number, "dev", { input: { mail }, expected: { order_id: order } });
}

Deno.test("quotesOf() finds six words in a row of an input, whatever their case and punctuation", () => {
  const quotes = quotesOf([mailCase(1)], text, []);
  assert.equal(quotes.find("If it HAS LOST its lid, on the way: urgency is high."), "t1");
  assert.equal(quotes.find("If it has lost its lid at home, urgency is high."), undefined);
});

Deno.test("quotesOf() finds a truth that is a number or mark of its own, and no plain word", () => {
  const quotes = quotesOf([mailCase(1), mailCase(2, "short mail", "sunday")], text, []);
  assert.equal(quotes.find("Copy it exactly, e.g. zn-82463."), "t1");
  assert.equal(quotes.find("On sunday nothing is urgent."), undefined);
});

Deno.test("quotesOf() finds a whole short input", () => {
  const quotes = quotesOf([mailCase(1, "Where is it?")], text, []);
  assert.equal(quotes.find("For a mail like 'where is it' say delivery."), "t1");
});

Deno.test("quotesOf() lets stand what the instructions said already", () => {
  const known = `As in: ${MAIL}`;
  assert.equal(quotesOf([mailCase(1, MAIL)], text, [known]).find(known), undefined);
});

Deno.test("quotesOf() lets stand what many cases share, e.g. a policy", () => {
  const policy = "Goods are taken back within thirty days of delivery if unused.";
  const cases = Array.from(
    { length: 20 },
    (_, n) =>
      caseOf(n, "train", { input: { policy, thing: `thing number ${n} of many others here` }, expected: {} }),
  );
  const quotes = quotesOf(cases, [], []);
  assert.equal(quotes.find(policy), undefined);
  assert.equal(quotes.find("thing number 7 of many others here"), "t7");
});

function failed(changes: Partial<CaseRun>): CaseRun {
  return {
    case: caseOf(0, "train"),
    prediction: { status: "ok", output: { colour: "blue", warm: true }, diagnostics: {}, calls: [] },
    score: {
      category: "wrong",
      fields: {
        colour: { outcome: "wrong", score: 0, reason: "not its colour" },
        warm: { outcome: "correct", score: 1 },
      },
      metrics: {},
    },
    steps: [{
      signature: Colour,
      input: { thing: "thing0" },
      path: [],
      parsed: { status: "ok", output: { reasoning: "It is blue.", colour: "blue", warm: true } },
    }],
    cost: { calls: 1, inputTokens: 0, outputTokens: 0, usd: 0 },
    ...changes,
  };
}

Deno.test("failureText() says what was given, answered, got and expected, field by field", () => {
  assert.equal(
    failureText(failed({}), "colour"),
    [
      "Given:",
      "  thing: thing0",
      'Answered: {"reasoning":"It is blue.","colour":"blue","warm":true}',
      "Fault in colour: wrong, got blue, expected red (not its colour)",
    ].join("\n"),
  );
});

Deno.test("failureText() says why a reply was not usable", () => {
  const message = "no JSON object in the reply";
  const said = failureText(
    failed({
      prediction: { status: "failed", failure: { kind: "format", message }, diagnostics: {}, calls: [] },
      score: { category: "format", fields: {}, metrics: {} },
      steps: [{
        signature: Colour,
        input: { thing: "thing0" },
        path: [],
        parsed: { status: "format", path: "", reason: message },
      }],
    }),
    "colour",
  );
  assert.match(said, /Answered: nothing usable: no JSON object in the reply\nFault: format: no JSON object/);
});

Deno.test("failureText() shows the call whose instructions are rewritten, else the case", () => {
  assert.match(
    failureText(failed({ steps: [] }), "colour"),
    /Given:\n {2}thing: thing0\nAnswered: nothing\n/,
  );
});

Deno.test("failureText() cuts long values in the middle", () => {
  const long = "a".repeat(5000) + "z";
  const said = failureText(
    failed({ case: caseOf(0, "train", { input: { thing: long } }), steps: [] }),
    "colour",
  );
  assert(said.length < 700, `${said.length}`);
  assert.match(said, /aaa … aa*z/);
});
