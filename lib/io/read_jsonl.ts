import { InputError } from "./input_error.ts";

/** One line of a JSONL file. */
export interface JsonlLine {
  /** Line number, from 1. */
  line: number;
  /** Parsed value. */
  value: unknown;
}

/** Options for {@linkcode readJsonl}. */
export interface ReadJsonlOptions {
  /**
   * For files of a writer: called when a torn last line (no line end: a killed writer) was dropped.
   * Without it, a last line may lack its line end, and is an error when it is no JSON.
   */
  onTornLine?: (info: { line: number; offset: number }) => void;
}

/**
 * Reads a JSONL file line by line, in bounded memory. Empty lines are skipped. With `onTornLine`, a last
 * line without its line end was torn by a killed writer, even where what is left of it is JSON (`12` of `123`):
 * it is dropped and reported, with the byte offset to which the file must be cut before a new writer goes on.
 *
 * @param path The file.
 * @throws InputError with file and line for any other damage.
 */
export async function* readJsonl(path: string, options: ReadJsonlOptions = {}): AsyncGenerator<JsonlLine> {
  const file = await Deno.open(path);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let number = 0;
  let offset = 0;
  let pending: Uint8Array[] = [];

  const parse = (bytes: Uint8Array): unknown => {
    const text = decoder.decode(bytes).trim(); // a byte order mark is white space to trim()
    return text === "" ? undefined : JSON.parse(text);
  };

  for await (const chunk of file.readable) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const bytes = concat([...pending, chunk.subarray(from, end)]);
      pending = [];
      from = end + 1;
      number++;
      offset += bytes.length + 1;
      let value: unknown;
      try {
        value = parse(bytes);
      } catch (cause) {
        throw damaged(path, number, bytes, cause);
      }
      if (value !== undefined) yield { line: number, value };
    }
    if (from < chunk.length) pending.push(chunk.slice(from));
  }
  if (pending.length === 0) return;
  const bytes = concat(pending);
  number++;
  if (options.onTornLine) {
    options.onTornLine({ line: number, offset });
    return;
  }
  let value: unknown;
  try {
    value = parse(bytes);
  } catch (cause) {
    throw damaged(path, number, bytes, cause);
  }
  if (value !== undefined) yield { line: number, value };
}

function concat(parts: Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function damaged(path: string, line: number, bytes: Uint8Array, cause: unknown): InputError {
  const shown = new TextDecoder().decode(bytes.subarray(0, 60));
  return new InputError("Cannot read a line as JSON", {
    where: `${path}, line ${line}`,
    found: JSON.stringify(shown) + (bytes.length > 60 ? " …" : ""),
    expected: "one JSON value",
    fix: "mend or remove that line; a file written by a run should never be edited by hand",
    cause,
  });
}
