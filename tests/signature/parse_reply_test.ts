import { parseReply, signature } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { z } from "zod";
import { deepFreeze } from "./_deep_freeze.ts";

const Triage = signature({
  name: "triage",
  instructions: "",
  input: {},
  output: {
    label: z.enum(["low", "high"]),
    id: z.string().regex(/^[A-Z]{2}$/).nullable(),
    lines: z.array(z.object({ label: z.string(), amount: z.number() })),
  },
});

/** A signature whose parts have the shape of the whole: the worst case for taking a part for the answer. */
const Named = signature({
  name: "named",
  instructions: "",
  input: {},
  output: { name: z.string(), parts: z.array(z.json()) },
});

const good = { label: "low", id: "AB", lines: [{ label: "x", amount: 1 }] };
const text = JSON.stringify(good);

function read(text: string | null, finishReason: string | null = "stop", refusal?: string) {
  return parseReply(Triage, Object.freeze({ text, finishReason, ...(refusal !== undefined && { refusal }) }));
}

function readNamed(text: string, finishReason = "stop") {
  return parseReply(Named, { text, finishReason });
}

Deno.test("parseReply() reads an object in prose, fences, with a byte order mark and CRLF", () => {
  for (
    const reply of [
      text,
      `\ufeff${text}`,
      "```json\r\n" + JSON.stringify(good, null, 2).replaceAll("\n", "\r\n") + "\r\n```",
      `The label is {low}. Here it is:\n\n${text}\n\nI hope {this} helps.`,
    ]
  ) assert.deepEqual(read(reply), { status: "ok", output: good });
});

Deno.test("parseReply() gives fields in the order of the signature and drops those it does not have", () => {
  const reply = `{"extra":1,"lines":[],"id":null,"label":"high","__proto__":{"x":1}}`;
  const parsed = read(reply);
  assert(parsed.status === "ok");
  assert.equal(JSON.stringify(parsed.output), '{"label":"high","id":null,"lines":[]}');
});

Deno.test("parseReply() takes the same object twice for one answer, and two different ones for none", () => {
  const reordered = JSON.stringify({ lines: good.lines, id: "AB", label: "low" });
  assert.equal(read(`${text}\n${reordered}`).status, "ok");
  assert.deepEqual(read(`${text} or ${text.replace("low", "high")}`), {
    status: "format",
    path: "",
    reason: "2 different JSON objects in the reply, expected one",
  });
});

Deno.test("parseReply() takes the one object that validates, whatever other objects stand round it", () => {
  assert.deepEqual(read(`{"note":1} ${text} {"label":"none"}`), { status: "ok", output: good });
});

Deno.test("parseReply() names the field, the rule and what was found", () => {
  const faults = [
    [{ ...good, label: "urgent" }, "label", 'Invalid option: expected one of "low"|"high"; found "urgent"'],
    [{ ...good, label: "LOW" }, "label", 'Invalid option: expected one of "low"|"high"; found "LOW"'],
    [{ ...good, id: 5 }, "id", "Invalid input: expected string, received number; found 5"],
    [
      { ...good, lines: [{ label: "x", amount: "1" }] },
      "lines.0.amount",
      'Invalid input: expected number, received string; found "1"',
    ],
    [{ ...good, lines: null }, "lines", "Invalid input: expected array, received null; found null"],
    [{ id: null, lines: [] }, "label", 'Invalid option: expected one of "low"|"high"; found nothing'],
  ] as const;
  for (const [reply, path, reason] of faults) {
    assert.deepEqual(read(JSON.stringify(reply)), { status: "format", path, reason });
  }
});

Deno.test("parseReply() shows at most 80 characters of what it found", () => {
  const parsed = read(JSON.stringify({ ...good, label: "x".repeat(100_000) }));
  assert(parsed.status === "format" && parsed.reason.length < 200);
});

Deno.test("parseReply() finds nothing where a field has the name of a method of all objects", () => {
  const Odd = signature({
    name: "odd",
    instructions: "",
    input: {},
    output: { toString: z.string(), constructor: z.string() },
  });
  const parsed = parseReply(Odd, { text: "{}", finishReason: "stop" });
  assert(
    parsed.status === "format" && parsed.path === "toString" && parsed.reason.endsWith("; found nothing"),
  );
});

Deno.test("parseReply() never makes up a missing or a wrong value", () => {
  for (
    const reply of [
      "{}",
      '{"label":null,"id":null,"lines":[]}',
      '{"label":"low","id":"","lines":[]}',
      "null",
      "[]",
      '"low"',
      "low",
    ]
  ) {
    assert.equal(read(reply).status, "format", reply);
  }
});

Deno.test("parseReply() takes the last of two members with one name, as JSON.parse() does", () => {
  const parsed = read('{"label":"low","id":null,"lines":[],"label":"high"}');
  assert(parsed.status === "ok" && parsed.output.label === "high");
});

Deno.test("parseReply() takes no part of a broken object for the answer", () => {
  const part = '{"name":"leaf","parts":[]}';
  assert.equal(readNamed(`{"name":"root","parts":[${part}],}`).status, "format");
  assert.equal(readNamed(`{"name":"root" "parts":[${part}]}`).status, "format");
  assert.equal(readNamed(`{"name":"root","parts":[${part}`).status, "format");
  assert.equal(readNamed(`{"wrapped":${part}}`).status, "format");
});

Deno.test("parseReply() takes no part of a truncated object for the answer", () => {
  const parsed = readNamed('{"name":"root","parts":[{"name":"leaf","parts":[]},{"na', "length");
  assert.deepEqual(parsed, { status: "truncated", reason: "the token limit cut the JSON off" });
});

Deno.test("parseReply() calls a reply that the token limit cut off truncated, wherever it was cut", () => {
  for (let length = 0; length < text.length; length++) {
    assert.equal(read(text.slice(0, length), "length").status, "truncated", text.slice(0, length));
    assert.notEqual(read(text.slice(0, length), "stop").status, "ok");
  }
  assert.equal(read("I think that the label", "length").status, "truncated");
  assert.equal(read(null, "length").status, "truncated");
  assert.equal(read('{"note":1} {"label":"lo', "length").status, "truncated");
});

Deno.test("parseReply() takes a whole object although the token limit cut off what followed it", () => {
  assert.deepEqual(read(`${text} This is because`, "length"), { status: "ok", output: good });
});

Deno.test("parseReply() calls a whole object that does not validate a format fault, also at the token limit", () => {
  assert.equal(read('{"label":"none","id":null,"lines":[]} Well', "length").status, "format");
});

Deno.test("parseReply() calls a refusal and the content filter refused, whatever the text", () => {
  assert.deepEqual(read(text, "stop", "I cannot help"), { status: "refused", reason: "I cannot help" });
  assert.equal(read(text, "content_filter").status, "refused");
  assert.equal(read(text, "stop", "").status, "ok");
});

Deno.test("parseReply() calls no text and blank text empty", () => {
  for (const reply of [null, "", " \n\t", "\ufeff"]) assert.equal(read(reply).status, "empty");
});

Deno.test("parseReply() says whether JSON was begun", () => {
  const reasons = ["no idea", text.slice(0, 20)].map((reply) => {
    const parsed = read(reply);
    return parsed.status === "format" && parsed.reason;
  });
  assert.deepEqual(reasons, ["no JSON object in the reply", "the JSON object does not end"]);
});

Deno.test("parseReply() refuses a number that JSON cannot write again, also where the type allows anything", () => {
  assert.equal(readNamed('{"name":"a","parts":[1e999]}').status, "format");
  const Loose = signature({
    name: "loose",
    instructions: "",
    input: {},
    output: { all: z.record(z.string(), z.unknown()) },
  });
  const parsed = parseReply(Loose, { text: '{"all":{"x":1e999}}', finishReason: "stop" });
  assert.deepEqual(parsed, { status: "format", path: "", reason: "a number in the reply is too large" });
});

Deno.test("parseReply() survives nesting that would overflow the stack", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  assert.equal(readNamed(`{"name":"a","parts":${deep}}`).status, "format");
  assert.equal(read(`{"label":${deep}}`).status, "format");
});

Deno.test("parseReply() never throws, and gives only output that validates", () => {
  const fragments = fc.constantFrom(
    text,
    "{",
    "}",
    '"',
    "\\",
    "```json",
    "\n",
    "\u0000",
    "[",
    "]",
    ",",
    ":",
    "label",
    "null",
    "\ud800",
    '"label":"low"',
    "1e999",
    "__proto__",
  );
  const replies = fc.oneof(fc.string(), fc.array(fragments).map((parts) => parts.join("")), fc.json());
  const reasons = fc.constantFrom(null, "stop", "length", "content_filter", "tool_calls");
  fc.assert(
    fc.property(fc.option(replies), reasons, (reply, finishReason) => {
      const parsed = parseReply(Triage, { text: reply, finishReason });
      if (parsed.status === "ok") assert.deepEqual(Triage.outputSchema.parse(parsed.output), parsed.output);
      else assert(parsed.reason.length > 0);
    }),
    { numRuns: 500 },
  );
});

Deno.test("parseReply() reads back any output that was written as JSON", () => {
  const outputs = fc.record({
    label: fc.constantFrom("low", "high"),
    id: fc.option(fc.stringMatching(/^[A-Z]{2}$/)),
    lines: fc.array(
      fc.record({ label: fc.string(), amount: fc.double({ noNaN: true, noDefaultInfinity: true }) }, {
        noNullPrototype: true,
      }),
    ),
  }, { noNullPrototype: true });
  fc.assert(fc.property(outputs, fc.constantFrom(undefined, 2, "\t"), (output, indent) => {
    const written = JSON.stringify(deepFreeze(output), null, indent);
    assert.deepEqual(read(written), { status: "ok", output: JSON.parse(written) });
  }));
});
