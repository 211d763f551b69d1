import { InputError, parseCsv } from "@lib/io/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

function cellsOf(text: string): Record<string, string>[] {
  return parseCsv(text, "cases.csv").rows.map(({ cells }) => cells);
}

/** First line, place and finding of the error. */
function faultOf(text: string): string[] {
  try {
    parseCsv(text, "cases.csv");
  } catch (error) {
    assert(error instanceof InputError, `expected an InputError, got ${error}`);
    const { where = "", found = "" } = error.details;
    return [error.message.split("\n")[0] ?? "", where, found];
  }
  throw new Error("expected an InputError");
}

Deno.test("parseCsv() reads quoted commas, doubled quotes and line ends in cells (RFC 4180, section 2)", () => {
  assert.deepEqual(cellsOf('aaa,bbb\r\n"b,1","say ""hi""\r\nbye"\r\n'), [{
    aaa: "b,1",
    bbb: 'say "hi"\r\nbye',
  }]);
});

Deno.test("parseCsv() ends rows at CRLF, LF and a lone CR, also mixed in one file", () => {
  const expected = [{ a: "1", b: "2" }, { a: "3", b: "4" }];
  for (
    const [first, second] of [["\n", "\n"], ["\r\n", "\r\n"], ["\r", "\r"], ["\r\n", "\n"], ["\n", "\r"]]
  ) {
    assert.deepEqual(cellsOf(`a,b${first}1,2${second}3,4`), expected);
  }
  assert.deepEqual(cellsOf("a\r\n1\n2\r\n"), [{ a: "1" }, { a: "2" }]); // not one cell "1\n2"
});

Deno.test("parseCsv() drops a byte order mark, also before a quoted header", () => {
  assert.deepEqual(cellsOf('\ufeff"id",b\n1,2\n'), [{ id: "1", b: "2" }]);
  assert.deepEqual(cellsOf("\ufeffid,b\r\n1,2"), [{ id: "1", b: "2" }]);
});

Deno.test("parseCsv() keeps empty cells, spaces, NUL and a byte order mark inside a cell", () => {
  assert.deepEqual(cellsOf("a,b,c\n, x ,\n"), [{ a: "", b: " x ", c: "" }]);
  assert.deepEqual(cellsOf('a,b\n"",\0\ufeff\n'), [{ a: "", b: "\0\ufeff" }]);
});

Deno.test("parseCsv() takes a column named __proto__ as any other", () => {
  const [row] = cellsOf("__proto__,constructor\n1,2\n");
  assert.deepEqual(Object.entries(row ?? {}), [["__proto__", "1"], ["constructor", "2"]]);
});

Deno.test("parseCsv() gives columns in the order of the header, without outer spaces", () => {
  assert.deepEqual(parseCsv(" b , a\n1,2\n", "f").columns, ["b", "a"]);
});

Deno.test("parseCsv() gives no rows for a header alone", () => {
  assert.deepEqual(parseCsv("a,b\n", "f"), { columns: ["a", "b"], rows: [] });
});

Deno.test("parseCsv() gives each row the line on which it starts, as an editor counts", () => {
  const text = 'a,b\r\n"x\r\ny",2\r\n\r\n"p\rq\nr",3\r\n5,6';
  assert.deepEqual(parseCsv(text, "f").rows.map(({ line }) => line), [2, 5, 8]);
});

Deno.test("parseCsv() names file, line and cells of a row that is too short or too long", () => {
  assert.deepEqual(faultOf('a,b\r\n"x\r\ny",2\r\n3\r\n'), [
    "Row is too short",
    "cases.csv, line 4",
    '1 cells: ["3"]',
  ]);
  assert.deepEqual(faultOf("a,b\n1,2\n1,2,3\n"), [
    "Row is too long",
    "cases.csv, line 3",
    '3 cells: ["1","2","3"]',
  ]);
});

Deno.test("parseCsv() refuses the shift that an unquoted comma makes", () => {
  assert.equal(faultOf("id,ticket,label\n1,Hello, world,billing\n")[0], "Row is too long");
});

Deno.test("parseCsv() names the line of the quote that does not close, not of the end of the file", () => {
  const text = 'a,b\n1,"x\r\ny"\n3,"open\n' + "4,5\n".repeat(100);
  assert.deepEqual(faultOf(text), [
    "Cannot read the CSV file",
    "cases.csv, line 4",
    "Quote Not Closed: the parsing is finished with an opening quote",
  ]);
});

Deno.test("parseCsv() names the line of a stray quote", () => {
  const [, where, found] = faultOf('a,b\n1,x"y\n');
  assert.equal(where, "cases.csv, line 2");
  assert.match(found ?? "", /^Invalid Opening Quote/);
  const [, later, other] = faultOf('a,b\n\n1,"x"y\n');
  assert.equal(later, "cases.csv, line 3");
  assert.match(other ?? "", /^Invalid Closing Quote/);
});

Deno.test("parseCsv() refuses a column that is named twice, also when only spaces differ", () => {
  const twice = ["Duplicate column in the header", "cases.csv, line 1", '"id", "text", "id"'];
  assert.deepEqual(faultOf("id,text,id\n1,2,3\n"), twice);
  assert.equal(faultOf("\n\nid, id\n1,2\n")[1], "cases.csv, line 3");
});

Deno.test("parseCsv() refuses a column without a name", () => {
  for (const text of ["id,\n1,2\n", ",,\n1,2,3\n"]) {
    assert.equal(faultOf(text)[0], "Column without a name in the header");
  }
});

Deno.test("parseCsv() refuses a file without a header", () => {
  for (const text of ["", "\ufeff", "\n\r\n\n"]) assert.equal(faultOf(text)[0], "Empty CSV file");
});

Deno.test("parseCsv() takes another separator for one column, so that no cell is invented", () => {
  assert.deepEqual(parseCsv("a;b\n1;2\n", "f").columns, ["a;b"]);
});

Deno.test("parseCsv() reads back any cells and the lines they start on", () => {
  const cell = fc.string({
    unit: fc.constantFrom("a", ",", '"', "\r", "\n", " ", "\ufeff", "\0", "é", "👍", "\u2028"),
  });
  const end = fc.constantFrom("\r\n", "\n", "\r");
  fc.assert(fc.property(fc.array(fc.tuple(cell, cell, end)), end, (rows, headerEnd) => {
    let text = `a,b${headerEnd}`;
    const expected = rows.map(([a, b, rowEnd]) => {
      const line = text.split(/\r\n|\r|\n/).length;
      text += [a, b].map((content) => `"${content.replaceAll('"', '""')}"`).join(",") + rowEnd;
      return { line, cells: { a, b } };
    });
    assert.deepEqual(parseCsv(text, "f").rows, expected);
  }));
});

Deno.test("parseCsv() refuses a single quote sign, wherever it stands", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", " ", "\t", "é"), maxLength: 3 });
  fc.assert(fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 4 }), fc.nat(), (rows, position) => {
    const text = ["a,b", ...rows.map(([a, b]) => `${a},${b}`), ""].join("\n");
    const at = position % (text.length + 1);
    assert.equal(parseCsv(text, "f").rows.length, rows.length);
    assert.throws(() => parseCsv(`${text.slice(0, at)}"${text.slice(at)}`, "f"), InputError);
  }));
});
