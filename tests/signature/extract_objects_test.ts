import { extractObjects } from "@lib/signature/extract_objects.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

Deno.test("extractObjects() finds objects in prose, fences, arrays and template braces", () => {
  for (
    const text of [
      '{"a":1}',
      '  {\n "a" : 1 }\n',
      'Sure: {"a":1} Anything else?',
      '```json\n{"a":1}\n```',
      '[{"a":1}]',
      '{{"a":1}}',
      '\ufeff{"a":1}',
      'The set {x | x > 0} and \\frac{1}{2} give {"a":1}',
      '{see {"a":1} below}',
    ]
  ) assert.deepEqual(extractObjects(text), { objects: [{ a: 1 }], unfinished: false }, text);
});

Deno.test("extractObjects() gives several objects in order, nested ones inside their own", () => {
  assert.deepEqual(extractObjects('{"a":{"b":{}}} and {} then {"c":[{"d":1}]}').objects, [
    { a: { b: {} } },
    {},
    { c: [{ d: 1 }] },
  ]);
});

Deno.test("extractObjects() is not misled by braces and quotes inside text values", () => {
  const value = { a: 'a } b { c "d" \\', b: '\\"}' };
  assert.deepEqual(extractObjects(`{"x"} ${JSON.stringify(value)} {`).objects, [value]);
});

Deno.test("extractObjects() takes nothing from inside an object that is broken", () => {
  for (
    const text of [
      '{"a":1,"part":{"a":2},}',
      '{"part":{"a":2} "b":1}',
      '{"part":{"a":2},\'b\':1}',
      '{"parts":[{"a":2},{"a":3}],}',
    ]
  ) assert.deepEqual(extractObjects(text), { objects: [], unfinished: false }, text);
});

Deno.test("extractObjects() goes on after a broken object", () => {
  assert.deepEqual(extractObjects('Format: {"a": <number>}. Answer: {"a":1}').objects, [{ a: 1 }]);
});

Deno.test("extractObjects() takes nothing from inside an object that does not end", () => {
  assert.deepEqual(extractObjects('{"parts":[{"a":1},{"a":2},{"a'), { objects: [], unfinished: true });
  assert.deepEqual(extractObjects('{"a":1} {"a":2,"part":{"a":3}'), {
    objects: [{ a: 1 }],
    unfinished: true,
  });
});

Deno.test("extractObjects() sees an object that ends right after its brace begin, and none in a brace of prose", () => {
  assert.equal(extractObjects("{").unfinished, true);
  assert.equal(extractObjects("{ \n").unfinished, true);
  assert.equal(extractObjects("a smile :-{ is no object").unfinished, false);
  assert.equal(extractObjects("").unfinished, false);
  assert.equal(extractObjects("}}}").unfinished, false);
});

Deno.test("extractObjects() keeps a member named __proto__ out of the prototype", () => {
  const [found] = extractObjects('{"__proto__":{"admin":true}}').objects;
  assert.equal(Object.getPrototypeOf(found), Object.prototype);
  assert.equal(Reflect.get(found ?? {}, "admin"), undefined);
});

Deno.test("extractObjects() takes no object that is nested deeper than anyone writes", () => {
  const nested = (depth: number) => `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  assert.equal(extractObjects(nested(200)).objects.length, 1);
  assert.equal(extractObjects(nested(500)).objects.length, 0);
  assert.equal(extractObjects(nested(200_000)).objects.length, 0);
});

const objects = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));

Deno.test("extractObjects() finds any object between any braceless prose", () => {
  const prose = fc.string().map((text) => text.replace(/[{}]/g, ""));
  fc.assert(fc.property(fc.array(fc.tuple(prose, objects)), prose, (parts, end) => {
    const text = parts.map(([before, value]) => before + JSON.stringify(value)).join("") + end;
    const expected = parts.map(([, value]) => JSON.parse(JSON.stringify(value)));
    assert.deepEqual(extractObjects(text), { objects: expected, unfinished: false });
  }));
});

Deno.test("extractObjects() finds nothing whole in any beginning of an object", () => {
  fc.assert(fc.property(objects, fc.nat(), fc.constantFrom(undefined, 2), (value, cut, indent) => {
    const text = JSON.stringify(value, null, indent);
    const begun = text.slice(0, 1 + cut % (text.length - 1));
    assert.deepEqual(extractObjects(begun), { objects: [], unfinished: true });
  }));
});

Deno.test("extractObjects() reads 400,000 characters of anything that looks like objects in one pass", () => {
  // each of these would take 10^10 steps or more if every brace were followed to the end
  for (const unit of ["{", '{"', '{"a":', '{"a":{', "{ ", '"{', '{"a":[', '{"\\']) {
    const text = unit.repeat(400_000 / unit.length);
    assert.deepEqual(extractObjects(text).objects, []);
    assert(extractObjects(text + "}".repeat(text.length)).objects.length <= 1); // "{ }" in the middle
  }
  for (const unit of ['{"}', "}{", '{"a"}']) {
    assert(extractObjects(unit.repeat(20_000)).objects.length <= 20_000);
  }
  assert.equal(extractObjects("{}".repeat(100_000)).objects.length, 100_000);
  assert.deepEqual(extractObjects("{" + " ".repeat(1_000_000)).unfinished, true);
});
