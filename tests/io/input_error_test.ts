import { InputError } from "@lib/io/mod.ts";
import assert from "node:assert/strict";

Deno.test("InputError says where, what was found, what was expected and how to mend it, in this order", () => {
  const error = new InputError("Unknown task", {
    fix: "use ticket_triage",
    found: '"triag"',
    expected: "the name of a folder in datasets",
    where: "argument [task]",
  });
  assert.equal(
    error.message,
    [
      "Unknown task",
      "  where:    argument [task]",
      '  found:    "triag"',
      "  expected: the name of a folder in datasets",
      "  fix:      use ticket_triage",
    ].join("\n"),
  );
});

Deno.test("InputError leaves out what it is not told, and shows an empty found", () => {
  assert.equal(new InputError("Empty CSV file").message, "Empty CSV file");
  assert.equal(new InputError("Bad name", { found: "" }).message, "Bad name\n  found:    ");
});

Deno.test("InputError is an Error that keeps its pieces and its cause", () => {
  const cause = new SyntaxError("Unexpected end of JSON input");
  const error = new InputError("Cannot read a line", { where: "f, line 1", cause });
  assert(error instanceof Error);
  assert.equal(error.name, "InputError");
  assert.equal(error.cause, cause);
  assert.equal(error.details.where, "f, line 1");
});
