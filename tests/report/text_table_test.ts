import { plain, textTable } from "@lib/report/mod.ts";
import assert from "node:assert/strict";

Deno.test("textTable() aligns columns and leaves no space at line ends", () => {
  const table = textTable([{ title: "name" }, { title: "n", align: "right" }, { title: "note" }], [
    ["a", "1", ""],
    ["longer", "1,000", "x"],
  ]);
  assert.equal(
    table,
    ["name        n  note", "------  -----  ----", "a           1", "longer  1,000  x"].join("\n"),
  );
});

Deno.test("textTable() shows its head when there is no row, and an empty cell where one is missing", () => {
  assert.equal(textTable([{ title: "a" }], []), "a\n-");
  assert.equal(textTable([{ title: "a" }, { title: "b" }], [["1"]]), "a  b\n-  -\n1");
});

Deno.test("plain() leaves no character that moves the cursor, ends a line or turns the direction", () => {
  assert.equal(plain("a\u001b[2Jb\r\nc\u0007\u009bd"), "a·[2Jb··c··d");
  assert.equal(plain("abc\u202edcb\u2066"), "abc·dcb·");
  assert.equal(plain("Zażółć 東京 <b> é"), "Zażółć 東京 <b> é");
});
