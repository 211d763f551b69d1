import { canonicalJson } from "@lib/io/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

/** Any data as JSON holds it, so without -0. */
const data = fc.json().map((text): unknown => JSON.parse(JSON.stringify(JSON.parse(text))));

/** The same data with the keys of every object in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([key, member]) => [key, reversed(member)]));
}

Deno.test("canonicalJson() reads back as the same data, whatever the data", () => {
  fc.assert(fc.property(data, (value) => {
    assert.deepEqual(JSON.parse(canonicalJson(value)), value);
  }));
});

Deno.test("canonicalJson() gives equal text for equal data, whatever the order of keys", () => {
  fc.assert(fc.property(data, (value) => {
    assert.equal(canonicalJson(reversed(value)), canonicalJson(value));
  }));
});

Deno.test("canonicalJson() gives different text for different data", () => {
  fc.assert(fc.property(data, data, (a, b) => {
    assert.equal(canonicalJson(a) === canonicalJson(b), isDeepStrictEqual(a, b));
  }));
});

Deno.test("canonicalJson() sorts keys by UTF-16 code unit, as RFC 8785 does", () => {
  // RFC 8785, section 3.2.3: the example of sorted keys
  const members = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  assert.deepEqual([...canonicalJson(members).matchAll(/"([^"]+)":/g)].map(([, key]) => key), [
    "\\r",
    "1",
    "\u0080",
    "\u00f6",
    "\u20ac",
    "\ud83d\ude00",
    "\ufb33",
  ]);
});

Deno.test("canonicalJson() keeps an own key named __proto__", () => {
  const value = JSON.parse('{"b":1,"__proto__":{"a":2}}');
  assert.equal(canonicalJson(value), '{"__proto__":{"a":2},"b":1}');
});

Deno.test("canonicalJson() writes composed and decomposed letters apart, and half surrogate pairs as escapes", () => {
  assert.notEqual(canonicalJson("\u00e9"), canonicalJson("e\u0301"));
  assert.equal(canonicalJson("\ud800"), '"\\ud800"');
});

Deno.test("canonicalJson() writes -0 as 0, as JSON.stringify() does", () => {
  assert.equal(canonicalJson([-0, 1e21, 0.1]), "[0,1e+21,0.1]");
});

Deno.test("canonicalJson() leaves out members that are undefined", () => {
  assert.equal(canonicalJson({ a: undefined, b: null }), '{"b":null}');
});

Deno.test("canonicalJson() takes objects without a prototype", () => {
  assert.equal(canonicalJson(Object.assign(Object.create(null), { b: 1, a: 2 })), '{"a":2,"b":1}');
});

Deno.test("canonicalJson() throws a TypeError for what JSON would drop or flatten, at any depth", () => {
  const sparse = new Array(3); // JSON.stringify: [null,null,null]
  class Money {
    amount = 5;
  }
  const refused = [
    NaN,
    Infinity,
    -Infinity,
    undefined,
    () => 1,
    Symbol("s"),
    10n,
    [undefined],
    sparse,
    new Date(0),
    new Map([["a", 1]]),
    new Set([1]),
    new Uint8Array(2),
    /a/,
    new Money(),
  ];
  for (const value of refused) {
    assert.throws(() => canonicalJson(value), TypeError);
    if (typeof value !== "undefined") assert.throws(() => canonicalJson({ a: [value] }), TypeError);
  }
  assert.throws(() => canonicalJson(new Date(0)), { message: "Cannot write an instance of Date as JSON" });
});

Deno.test("canonicalJson() does not change what it is given", () => {
  const value = Object.freeze({ b: Object.freeze([2, 1]), a: 1 });
  assert.equal(canonicalJson(value), '{"a":1,"b":[2,1]}');
  assert.deepEqual(Object.keys(value), ["b", "a"]);
});
