import { digest, digestText } from "@lib/io/mod.ts";
import assert from "node:assert/strict";

Deno.test("digestText() is SHA-256 of the UTF-8 bytes", () => {
  // FIPS 180-4 example "abc" (csrc.nist.gov, SHA256.pdf), and the digest of the empty message
  assert.equal(digestText("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(digestText(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert.notEqual(digestText("\u00e9"), digestText("e\u0301"));
});

Deno.test("digest() is the same for the same data in another order of keys", () => {
  assert.equal(digest({ a: 1, b: { c: [1, 2], d: null } }), digest({ b: { d: null, c: [1, 2] }, a: 1 }));
});

Deno.test("digest() tells apart order in a list, number and text, null and a missing member", () => {
  const values = [{ a: [1, 2] }, { a: [2, 1] }, { a: ["1", "2"] }, { a: null }, {}, "{}", [], null, 0, ""];
  assert.equal(new Set(values.map(digest)).size, values.length);
});

Deno.test("digest() throws a TypeError for what is no JSON data", () => {
  assert.throws(() => digest({ at: new Date(0) }), TypeError);
});
