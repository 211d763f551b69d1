import { isGrounded } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { deepFreeze } from "./_deep_freeze.ts";

Deno.test("isGrounded() finds a value whatever its case, spaces and form of hyphen", () => {
  for (
    const source of [
      "order KT-48213.",
      "(kt-48213)",
      "#KT\u201148213!",
      "KT\uff0d48213",
      "KT-48213's",
      "KT-48213",
    ]
  ) {
    assert(isGrounded("KT-48213", source), source);
  }
  assert(isGrounded("New York", "in new\r\n  york, today"));
  assert(isGrounded("caf\u00e9", "Cafe\u0301 Central"));
});

Deno.test("isGrounded() does not find a value inside a longer token", () => {
  for (const source of ["KT-482130", "AKT-48213", "1KT-48213", "KT-48213a", "kt-48213\u00e9", "\u4e00"]) {
    assert(!isGrounded("KT-48213", source), source);
  }
  assert(!isGrounded("48213", "call 0482137"));
  assert(!isGrounded("art", "start partly article"));
  assert(!isGrounded("cafe", "cafe\u0301") && !isGrounded("ax", "ax\u0301")); // a mark belongs to its letter
});

Deno.test("isGrounded() finds a later place when an earlier one is inside a longer token", () => {
  assert(isGrounded("KT-48213", "KT-482130, AKT-48213 and KT-48213"));
  assert(isGrounded("aa", "aaa aa"));
});

Deno.test("isGrounded() finds words of scripts that are written without spaces", () => {
  assert(isGrounded("東京", "私は東京に住んでいます"));
  assert(isGrounded("กรุงเทพ", "ฉันอยู่กรุงเทพมานาน"));
  assert(!isGrounded("大阪", "私は東京に住んでいます"));
});

Deno.test("isGrounded() finds a number in any spelling of it", () => {
  for (
    const source of ["costs 1,200 EUR", "1200€", "$1,200.00", "1 200 pieces", "1.200,00 Euro", "1\u00a0200"]
  ) {
    assert(isGrounded(1200, source), source);
  }
  assert(isGrounded(12.5, "12,50 EUR"));
  assert(isGrounded(30, "refund 30%"));
  assert(isGrounded(-5, "it was \u22125 degrees"));
  assert(isGrounded(3, "on 2026-03-01") && isGrounded(2026, "on 01.03.2026"));
  assert(isGrounded(48213, "orders 48213,48214"));
});

Deno.test("isGrounded() does not find a number inside another one", () => {
  for (
    const [number, source] of [[14, "pi is 3.14"], [3, "3.14"], [5, "-5"], [120, "1,200"], [48, "A48"], [
      1,
      "a1b",
    ]]
  ) {
    assert(!isGrounded(number, String(source)), `${number} in ${source}`);
  }
});

Deno.test("isGrounded() takes an absent value for grounded, and empty text for made up", () => {
  assert(isGrounded(null, "") && isGrounded(undefined, "text"));
  assert(!isGrounded("", "text") && !isGrounded(" ", "a b"));
});

Deno.test("isGrounded() finds a list or an object when it finds every member", () => {
  const source = "KT-48213 and KT-48214, 20 EUR";
  assert(isGrounded(deepFreeze(["KT-48213", "KT-48214", null]), source));
  assert(!isGrounded(["KT-48213", "KT-48215"], source));
  assert(isGrounded([{ id: "KT-48213", amount: 20 }], source));
  assert(!isGrounded([{ id: "KT-48213", amount: 21 }], source));
  assert(isGrounded([], source));
});

Deno.test("isGrounded() takes signs of regular expressions for themselves", () => {
  assert(!isGrounded("KT.48213", "KT-48213"));
  assert(!isGrounded(".*", "anything"));
  assert(isGrounded("a(b", "see a(b here"));
});

Deno.test("isGrounded() finds any token of a text of tokens, and none with a digit more", () => {
  const token = fc.stringMatching(/^[A-Z]{2}-[0-9]{5}$/);
  fc.assert(
    fc.property(
      fc.array(token, { minLength: 1 }),
      fc.nat(),
      fc.constantFrom(" ", ", ", "\n", "; "),
      (tokens, at, gap) => {
        const source = tokens.join(gap);
        const value = tokens[at % tokens.length] ?? "";
        assert(isGrounded(value, source));
        assert(!isGrounded(value + "7", source));
        assert(!isGrounded(value.slice(0, -1), source));
      },
    ),
  );
});

Deno.test("isGrounded() looks for thousands of values in a long text", () => {
  const source = Array.from({ length: 5_000 }, (_, index) => `item ${index}, ${index}.50 EUR`).join("\n");
  const numbers = Array.from({ length: 5_000 }, (_, index) => index + 0.5);
  assert(isGrounded(numbers, source));
  assert(!isGrounded("a".repeat(500_000), "a".repeat(500_001)));
});
