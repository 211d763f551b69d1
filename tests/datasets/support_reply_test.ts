import { parseCsv } from "@lib/io/mod.ts";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const FOLDER = new URL("../../datasets/support_reply/", import.meta.url);

async function read(name: string) {
  return await Deno.readTextFile(fileURLToPath(new URL(name, FOLDER)));
}

async function table(name: string) {
  const { columns, rows } = parseCsv(await read(name), name);
  return { columns, rows: rows.map(({ cells }) => (column: string) => cells[column] ?? "") };
}

const { columns, rows: cases } = await table("cases.csv");
const examples = (await table("rubrics/examples.csv")).rows;

const words = (text: string) => text.normalize("NFKC").toLowerCase().match(/[\p{L}\p{N}*]+|[%€]/gu) ?? [];
const list = (cell: string, sign: string) => cell.split(sign).map((part) => part.trim()).filter(Boolean);

/** The matching as the data sheet states it, written apart from the one in lib/. */
function occurs(alternative: string, reply: string): boolean {
  const pattern = words(alternative).map((word) => word.replaceAll("*", "[\\p{L}\\p{N}]*")).join(" ");
  return new RegExp(`(?<= )${pattern}(?= )`, "u").test(` ${words(reply.replaceAll("*", " ")).join(" ")} `);
}

const missing = (must: string, reply: string) =>
  list(must, "&").filter((group) => !list(group, "|").some((alternative) => occurs(alternative, reply)));
const broken = (mustNot: string, reply: string) =>
  list(mustNot, "|").filter((phrase) => occurs(phrase, reply));

const count = (values: readonly string[]) => {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
};

Deno.test("the matching of the data sheet takes whole words, alternatives and stars", () => {
  assert(occurs("2 year*", "It has a 2-year warranty."));
  assert(occurs("40 %", "You get 40% off"));
  assert(occurs("we'll refund", "Then we’ll refund it.") && !occurs("we'll refund", "Well, refund it."));
  assert(occurs("*tausch*", "Wir tauschen um.") && !occurs("day*", "my birthday"));
  assert(
    occurs("can refund", "We can refund you.") && !occurs("can refund", "We can't refund, we cannot refund."),
  );
  assert.deepEqual(missing("photo*|picture* & 48 hours", "Send a picture."), ["48 hours"]);
  assert.deepEqual([missing("", "Hello"), broken("", "Hello")], [[], []]);
});

Deno.test("cases.csv has 42 cases with the counts of the data sheet", () => {
  const wanted = "id,policy,message,reply,state.must,state.must_not,coverage,split,note";
  assert.deepEqual(columns, wanted.split(","));
  assert.deepEqual(
    cases.map((cell) => cell("id")),
    cases.map((_, index) => `p${String(index + 1).padStart(3, "0")}`),
  );
  assert.deepEqual(count(cases.map((cell) => cell("split"))), { train: 8, dev: 10, test: 24 });
  assert.deepEqual(count(cases.map((cell) => `${cell("split")} ${cell("coverage")}`)), {
    "train common": 4,
    "train edge": 2,
    "train boundary": 2,
    "dev common": 5,
    "dev edge": 2,
    "dev boundary": 3,
    "test common": 13,
    "test edge": 6,
    "test boundary": 5,
  });
});

Deno.test("there are two policies, half of each split has either", () => {
  const [first, second, ...more] = new Set(cases.map((cell) => cell("policy")));
  assert(first && second && more.length === 0);
  for (const split of ["train", "dev", "test"]) {
    const own = cases.filter((cell) => cell("split") === split);
    assert.equal(own.filter((cell) => cell("policy") === first).length, own.length / 2, split);
  }
});

Deno.test("policies, messages and replies have the lengths that the data sheet promises", () => {
  const length = (text: string) => text.trim().split(/\s+/).length;
  for (const cell of cases) {
    const [policy, message, reply] = ["policy", "message", "reply"].map((name) => length(cell(name)));
    assert(policy && policy >= 60 && policy <= 80, `${cell("id")}: policy of ${policy} words`);
    assert(message && message >= 20 && message <= 45, `${cell("id")}: message of ${message} words`);
    assert(reply && reply <= 70, `${cell("id")}: reply of ${reply} words`);
    const sentences = cell("reply").match(/[.!?](?=\s|$)/g)?.length ?? 0;
    assert(sentences >= 2 && sentences <= 4, `${cell("id")}: reply of ${sentences} sentences`);
  }
});

Deno.test("every reference reply holds its facts and breaks no promise", () => {
  for (const cell of cases) {
    assert.deepEqual(missing(cell("state.must"), cell("reply")), [], `${cell("id")}: missing`);
    assert.deepEqual(broken(cell("state.must_not"), cell("reply")), [], `${cell("id")}: broken`);
  }
});

Deno.test("every case names a fact and a promise, and asks for nothing that it forbids", () => {
  for (const cell of cases) {
    assert(cell("state.must") && cell("state.must_not"), cell("id"));
    const echoed = list(cell("state.must").replaceAll("&", "|"), "|")
      .filter((fact) => broken(cell("state.must_not"), fact).length > 0);
    assert.deepEqual(echoed, [], cell("id"));
  }
});

Deno.test("no two messages and no two replies share most of their words", () => {
  for (const name of ["message", "reply"]) {
    const sets = cases.map((cell) => ({ id: cell("id"), own: new Set(words(cell(name))) }));
    for (const [index, a] of sets.entries()) {
      for (const b of sets.slice(index + 1)) {
        const share = a.own.intersection(b.own).size / a.own.union(b.own).size;
        assert(share < 0.6, `${name} of ${a.id} and ${b.id}: ${share.toFixed(2)} of their words`);
      }
    }
  }
});

Deno.test("examples.csv has six good and six bad replies to cases that are not for testing", () => {
  assert.deepEqual(count(examples.map((cell) => cell("human"))), { pass: 6, fail: 6 });
  for (const cell of examples) {
    const about = cases.find((other) => other("id") === cell("id"));
    assert(about && about("split") !== "test", cell("id"));
    assert.notEqual(cell("reply"), about("reply"));
    if (cell("human") === "fail") continue;
    assert.deepEqual(missing(about("state.must"), cell("reply")), [], `${cell("id")}: missing`);
    assert.deepEqual(broken(about("state.must_not"), cell("reply")), [], `${cell("id")}: broken`);
  }
});

Deno.test("prompts and rubric quote no case", async () => {
  for (const name of ["prompts/brief.md", "prompts/rules.md", "rubrics/helpful.md"]) {
    const text = ` ${words(await read(name)).join(" ")} `;
    for (const cell of cases) {
      const quoted = fiveWords(cell("message")).concat(fiveWords(cell("reply"))).filter((run) =>
        text.includes(run)
      );
      assert.deepEqual(quoted, [], `${name} and ${cell("id")}`);
    }
  }
});

function fiveWords(text: string): string[] {
  const all = words(text);
  return all.slice(4).map((_, index) => ` ${all.slice(index, index + 5).join(" ")} `);
}
