import { agreementOf, callOfPath, namedCallsOf } from "@lib/program/mod.ts";
import assert from "node:assert/strict";
import fc from "fast-check";

Deno.test("callOfPath() is the outermost segment that no strategy puts there", () => {
  const wanted: [path: string[], name: string | undefined][] = [
    [[], undefined],
    [["percent"], "percent"],
    [["percent", "sample 3", "correction 1"], "percent"],
    [["sample 0", "attempt 12", "percent"], "percent"],
    [["escalation", "percent", "embedding"], "percent"],
    [["inner", "percent"], "inner"],
    [["correction 1"], undefined],
    [["embedding"], undefined],
    [["escalation"], undefined],
    [["sample"], "sample"],
    [["sample 3b"], "sample 3b"],
  ];
  for (const [path, name] of wanted) assert.equal(callOfPath(path), name, path.join(" > "));
});

Deno.test("callOfPath() leaves what serves as background to what asked for it", () => {
  assert.equal(callOfPath(["derived summary", "count"]), undefined);
  assert.equal(callOfPath(["facts", "derived summary", "count"]), "facts");
});

Deno.test("callOfPath() believes a known name before it takes a segment for a strategy's", () => {
  for (const name of ["sample 1", "escalation", "derived facts"]) {
    assert.equal(callOfPath(["attempt 0", name, "sample 2"], new Set([name])), name);
  }
});

Deno.test("callOfPath() gives a segment of the path or nothing", () => {
  fc.assert(fc.property(fc.array(fc.string()), (path) => {
    const name = callOfPath(path);
    assert(name === undefined || path.includes(name));
  }));
});

Deno.test("namedCallsOf() tells no named call from a workflow that made none", () => {
  assert.equal(namedCallsOf({}), undefined);
  assert.equal(namedCallsOf({ calls: "none" }), undefined);
  assert.deepEqual(namedCallsOf({ calls: [] }), []);
});

Deno.test("agreementOf() is the least share of the fields of a sampled call", () => {
  const diagnostics = { samples: [], fields: { days: { share: 0.8 }, opened: { share: 0.6 } } };
  assert.equal(agreementOf({ diagnostics }), 0.6);
});

Deno.test("agreementOf() has none where nothing was sampled, whatever stands in the diagnostics", () => {
  for (const fields of [undefined, null, "all", {}, { days: null }, { days: { share: "high" } }]) {
    assert.equal(agreementOf({ diagnostics: { fields } }), undefined);
  }
});
