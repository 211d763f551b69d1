import { casesCsv, chooseRoles, fieldName, inferFields, inferType, META_COLUMNS } from "@lib/dataset/mod.ts";
import { type CsvTable, parseCsv } from "@lib/io/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { z } from "zod";

Deno.test("inferType() tells the kinds of columns apart", () => {
  const text = { kind: "text" };
  const columns: [string[], unknown][] = [
    [["true", "FALSE", ""], { kind: "boolean" }],
    [["2026-02-28", "2024-02-29"], { kind: "date" }],
    [["2026-02-30", "2026-02-28"], text],
    [["0", "-4", "12"], { kind: "number", whole: true }],
    [["0.5", "-4", "1e3"], { kind: "number", whole: false }],
    [["1,200", "5"], { kind: "numeral" }],
    [["$5", "30%"], { kind: "numeral" }],
    [["low", "high", "low", "", "high"], { kind: "enum", labels: ["low", "high"] }],
    [["low", "high", "mid"], text],
    [["yes\nno", "yes\nno"], text],
    [["x".repeat(41), "x".repeat(41)], text],
    [["__proto__", "a", "__proto__", "a"], text],
    [["", ""], text],
    [[], text],
  ];
  for (const [cells, type] of columns) {
    assert.deepEqual(inferType(Object.freeze(cells)), type, cells.join("|"));
  }
});

Deno.test("inferType() takes codes for texts when they only look like numbers", () => {
  for (const code of ["007", "+4915112345", "1234567890123456", "1e999", "0x10", "1_000", "."]) {
    assert.equal(inferType([code, "5"]).kind, "text", code);
  }
});

Deno.test("fieldName() keeps valid names and makes valid ones of all others", () => {
  const names: [string, string][] = [
    ["orderId", "orderId"],
    ["expected_share", "expected_share"],
    ["Order ID", "order_id"],
    ["Größe (cm)", "grosse_cm"],
    ["2nd", "field_2nd"],
    ["名前", "field"],
    ["`${x}`", "x"],
    ["id", "field_id"],
    ["split", "field_split"],
    ["reasoning", "field_reasoning"],
    ["__proto__", "field_proto"],
    ["constructor", "field_constructor"],
  ];
  for (const [column, name] of names) assert.equal(fieldName(column), name);
  const output = Object.fromEntries(names.map(([, name]) => [name, z.string()]));
  assert.equal(signature({ name: "t", instructions: "t", input: {}, output }).output.length, names.length);
});

Deno.test("fieldName() gives valid, free and harmless names when columns are hostile", () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 8 }), (columns) => {
    const taken = new Set<string>();
    for (const column of columns) {
      const name = fieldName(column, taken);
      assert.match(name, /^[A-Za-z_][A-Za-z0-9_]*$/);
      assert(
        !taken.has(name) && !(name in Object.prototype) && !META_COLUMNS.includes(name) && name !== "id",
      );
      taken.add(name);
    }
  }));
});

Deno.test("chooseRoles() finds outputs by their names, else takes the last column", () => {
  const roles = (columns: string[]) => {
    const { inputs, outputs } = chooseRoles(columns, "t.csv");
    return [inputs.join(), outputs.join()];
  };
  assert.deepEqual(roles(["mail", "label"]), ["mail", "label"]);
  assert.deepEqual(roles(["Label", "mail"]), ["mail", "Label"]);
  assert.deepEqual(roles(["expected_team", "mail", "expected"]), ["mail", "expected_team,expected"]);
  assert.deepEqual(roles(["id", "subject", "body", "team", "split", "note"]), ["subject,body", "team"]);
  assert.deepEqual(roles(["answer", "context", "question"]), ["context,question", "answer"]);
});

Deno.test("chooseRoles() gives every other column the other role when only one is chosen", () => {
  const columns = ["ID", "a", "b", "c", "group"];
  const byInputs = chooseRoles(columns, "t.csv", { inputs: ["b"] });
  assert.deepEqual([byInputs.inputs, byInputs.outputs, byInputs.id], [["b"], ["a", "c"], "ID"]);
  const byOutputs = chooseRoles(columns, "t.csv", { outputs: ["a"] });
  assert.deepEqual([byOutputs.inputs, byOutputs.outputs, byOutputs.meta], [["b", "c"], ["a"], ["group"]]);
  const both = chooseRoles(columns, "t.csv", { inputs: ["a"], outputs: ["group"] });
  assert.deepEqual([both.inputs, both.outputs, both.meta, both.leftOut], [["a"], ["group"], [], ["b", "c"]]);
});

Deno.test("chooseRoles() throws an InputError with a way out when columns do not fit", () => {
  const columns = ["id", "mail", "label"];
  assert.throws(
    () => chooseRoles(columns, "t.csv", { outputs: ["labels"] }),
    /no column "labels"[\s\S]*mean "label"/,
  );
  assert.throws(() => chooseRoles(columns, "t.csv", { inputs: ["mail"], outputs: ["mail"] }), /chosen twice/);
  assert.throws(() => chooseRoles(["id", "label"], "t.csv"), /No input column[\s\S]*--inputs/);
  assert.throws(() => chooseRoles(["id", "mail"], "t.csv", { inputs: ["mail"] }), /No output column/);
});

Deno.test("inferFields() declares how each output is compared, and where it stands", () => {
  const table = parseCsv(
    [
      "mail,order,person,summary,price,team",
      "KT-1 from Ann Lee is late,KT-1,Ann Lee,Parcel is late,$5,support",
      "KT-2 from Bob Ray broke,KT-2,Bob Ray,Lid is broken,6,support",
      "hello,,,Says hello,7,sales",
      'hi,,,Says hi,"1,000",sales',
    ].join("\n"),
    "t.csv",
  );
  const { inputs, outputs } = inferFields(table, "t.csv", { inputs: ["mail"] });
  assert.deepEqual(inputs, [{ name: "mail", column: "mail", type: { kind: "text" }, nullable: false }]);
  assert.deepEqual(outputs.map(({ name, nullable, compare }) => [name, nullable, compare]), [
    ["order", true, { by: "exact", groundedIn: "mail" }],
    ["person", true, { by: "text", groundedIn: "mail" }],
    ["summary", false, { by: "text" }],
    ["price", false, { by: "number" }],
    ["team", false, undefined],
  ]);
});

Deno.test("inferFields() lets an input be any text, so that new cases may bring new values", () => {
  const table = parseCsv("tier,age,mail,label\nx,3,a,1\ny,,b,2\nx,4,,1\ny,5,d,2\n", "t.csv");
  const { inputs } = inferFields(table, "t.csv");
  assert.deepEqual(inputs.map(({ type, nullable }) => [type.kind, nullable]), [
    ["text", false],
    ["number", true],
    ["text", false],
  ]);
});

Deno.test("inferFields() says what it renamed and what a reader should look at", () => {
  const table = parseCsv("The Mail,label,target\na,Yes,x\nb,yes,x\nc,Yes,x\nd,yes,x\n", "t.csv");
  const { notes } = inferFields(table, "t.csv");
  assert.equal(notes.length, 3);
  assert.match(notes[0] ?? "", /"The Mail" is called the_mail/);
  assert.match(notes[1] ?? "", /label has labels that differ only in case/);
  assert.match(notes[2] ?? "", /target has the same value in every row/);
});

Deno.test("inferFields() throws an InputError when there is nothing to infer from", () => {
  const infer = (text: string) => inferFields(parseCsv(text, "t.csv"), "t.csv");
  assert.throws(() => infer("mail,label\n"), /no row/);
  assert.throws(() => infer("mail,label\na, \nb,\n"), /"label" is empty in every row/);
});

Deno.test("casesCsv() numbers cases without an id and drops spaces round outputs", () => {
  const table = parseCsv("mail,label,split\n a , x,test \nb,  ,\n", "t.csv");
  assert.equal(
    casesCsv(table, inferFields(table, "t.csv")),
    "id,mail,label,split\nc001, a ,x,test\nc002,b,,\n",
  );
});

Deno.test("casesCsv() keeps every input to the letter when cells are hostile", () => {
  const cell = fc.string({ unit: "binary", maxLength: 12 });
  const name = cell.map((text) => text.trim()).filter((text) => text !== "");
  const columns = fc.uniqueArray(name, { minLength: 2, maxLength: 2 });
  const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 });
  fc.assert(fc.property(columns, rows, ([input = "", output = ""], pairs) => {
    const table: CsvTable = {
      columns: [input, output],
      rows: pairs.map(([given, wanted], index) => ({
        line: index + 2,
        cells: Object.fromEntries([[input, given], [output, `t${wanted}`]]),
      })),
    };
    const inferred = inferFields(table, "t.csv", { inputs: [input], outputs: [output] });
    const read = parseCsv(casesCsv(table, inferred), "cases.csv").rows;
    const given = read.map(({ cells }) => cells[inferred.inputs[0]?.name ?? ""]);
    assert.deepEqual(given, pairs.map(([text]) => text.trim() === "" ? "" : text));
  }));
});
