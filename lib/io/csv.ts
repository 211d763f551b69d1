import { CsvError, parse } from "csv-parse/sync";
import { InputError } from "./input_error.ts";

/** One record of a CSV file. */
export interface CsvRow {
  /** Line on which the record starts, from 1. */
  line: number;
  /** Cell by column name. */
  cells: Record<string, string>;
}

/** A strictly read CSV file. */
export interface CsvTable {
  /** Column names, in the order of the header. */
  columns: string[];
  /** Records in the order of the file. */
  rows: CsvRow[];
}

/**
 * Reads CSV (RFC 4180) strictly, and what spreadsheets write as it was meant: a byte order mark, CRLF,
 * quoted commas, quotes and line ends. CRLF, LF and CR end a row, also mixed in one file.
 *
 * @param text Content of the file.
 * @param path Name of the file, for errors.
 * @throws InputError with file and line for an empty file, a duplicate or empty header, a row that is too
 * short or too long, and a broken quote.
 * @example Usage
 * ```ts
 * import { parseCsv } from "@lib/io/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const { rows } = parseCsv('id,text\r\n1,"a, ""b""\nc"\r\n', "cases.csv");
 * assert.equal(rows[0]?.cells.text, 'a, "b"\nc');
 * ```
 */
export function parseCsv(text: string, path: string): CsvTable {
  const lineFrom = lineCounter(text);
  let records: { info: { bytes: number }; record: string[] }[];
  try {
    // `info: true` changes the shape of the result, which the package's types do not follow
    const options = {
      bom: true,
      info: true,
      skip_empty_lines: true,
      relax_column_count: true,
      record_delimiter: ["\r\n", "\n", "\r"],
    };
    records = parse(text, options) as unknown as typeof records;
  } catch (cause) {
    throw csvFault(cause, path, lineFrom);
  }
  const [header, ...body] = records;
  if (!header) {
    throw new InputError("Empty CSV file", { where: path, expected: "a header line and at least one row" });
  }
  const columns = header.record.map((name) => name.trim());
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined || columns.includes("")) {
    throw new InputError(twice ? "Duplicate column in the header" : "Column without a name in the header", {
      where: `${path}, line ${lineFrom(0)}`,
      found: columns.map((name) => JSON.stringify(name)).join(", "),
      expected: "each column named once",
      fix: "rename or remove the column",
    });
  }
  const rows = body.map(({ record }, index) => {
    const start = lineFrom(records[index]?.info.bytes ?? 0); // a record starts after the end of the one before
    if (record.length !== columns.length) {
      throw new InputError(record.length < columns.length ? "Row is too short" : "Row is too long", {
        where: `${path}, line ${start}`,
        found: `${record.length} cells: ${JSON.stringify(record).slice(0, 120)}`,
        expected: `${columns.length} cells: ${columns.join(", ")}`,
        fix: "quote cells that hold a comma, a quote or a line end",
      });
    }
    return {
      line: start,
      cells: Object.fromEntries(columns.map((name, index) => [name, record[index] ?? ""])),
    };
  });
  return { columns, rows };
}

function csvFault(cause: unknown, path: string, lineFrom: (offset: number) => number): unknown {
  if (!(cause instanceof CsvError)) return cause;
  const { bytes } = cause as unknown as { bytes?: number }; // end of the cell before
  return new InputError("Cannot read the CSV file", {
    where: `${path}, line ${lineFrom(bytes ?? 0)}`,
    found: cause.message.replace(/ at line \d+/, ""),
    expected: 'cells with a comma, a quote or a line end in "…", quotes inside doubled',
    cause,
  });
}

/**
 * Counts lines as an editor does (the package takes CRLF inside quotes for two).
 *
 * @returns Line, from 1, of the first text that follows a byte offset; offsets must not fall from call to call.
 */
function lineCounter(text: string): (offset: number) => number {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  let line = 1;
  return (offset) => {
    for (; at < offset || bytes[at] === 10 || bytes[at] === 13; at++) {
      if (bytes[at] === 10 || bytes[at] === 13 && bytes[at + 1] !== 10) line++;
    }
    return line;
  };
}
