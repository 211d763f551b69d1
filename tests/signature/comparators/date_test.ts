import { canonicalValue, likeness } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";

const day = { by: "date" } as const;

Deno.test("date takes the same calendar day for the same, with or without a time", () => {
  for (const other of ["2026-03-01", " 2026-03-01 ", "2026-03-01T23:59:59+14:00", "2026-03-01 08:00"]) {
    assert.equal(likeness(other, "2026-03-01", day).score, 1, other);
    assert.equal(canonicalValue(other, day), canonicalValue("2026-03-01", day));
  }
  assert.equal(likeness("2026-03-02", "2026-03-01", day).score, 0);
});

Deno.test("date does not take the day of a time for that of another zone", () => {
  assert.equal(likeness("2026-03-01T23:30:00-05:00", "2026-03-02", day).score, 0);
});

Deno.test("date does not roll a date that does not exist over to one that does", () => {
  assert.equal(likeness("2026-02-30", "2026-03-02", day).score, 0);
  assert.equal(likeness("2026-02-29", "2026-03-01", { by: "date", days: 10 }).score, 0);
  assert.equal(likeness("2028-02-29", "2028-02-29", day).score, 1); // a leap year
  assert.equal(likeness("2026-13-01", "2027-01-01", day).score, 0);
  assert.equal(likeness("2026-02-30", "2026-02-30", day).score, 1); // the same text
});

Deno.test("date reads no other order of day and month, as that would be a guess", () => {
  for (const other of ["01.03.2026", "03/01/2026", "2026-3-1", "20260301", "March 1, 2026"]) {
    assert.equal(likeness(other, "2026-03-01", day).score, 0, other);
  }
});

Deno.test("date allows a declared number of days, across months, years and changes of the clock", () => {
  assert.equal(likeness("2026-01-01", "2025-12-31", { by: "date", days: 1 }).score, 1);
  assert.equal(likeness("2026-03-01", "2026-02-28", { by: "date", days: 1 }).score, 1);
  assert.equal(likeness("2026-03-30", "2026-03-28", { by: "date", days: 2 }).score, 1); // summer time begins
  assert.equal(likeness("2026-03-31", "2026-03-28", { by: "date", days: 2 }).score, 0);
});
