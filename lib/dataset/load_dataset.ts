import { InputError, parseCsv, readJsonl } from "../io/mod.ts";
import { scoredFields, type Signature } from "../signature/mod.ts";
import { checkCases } from "./check_cases.ts";
import { buildCase, META_COLUMNS, type RawCase, STATE_PREFIX } from "./build_case.ts";
import { checkColumns } from "./check_columns.ts";
import { datasetDigest } from "./dataset_digest.ts";
import { readCell } from "./read_cell.ts";
import { resolveImages } from "./resolve_images.ts";
import type { Dataset } from "./types.ts";

/**
 * Reads the cases of a task and validates them against its signature, strictly: nothing is guessed, nothing
 * is dropped.
 *
 * A CSV file has the columns `id`, every input field, every output field that is scored (the ground truth), and may have
 * `coverage`, `split`, `group`, `session`, `at`, `origin`, `note`, and any `state.NAME`: what is known beside the
 * input, as text. A JSONL file has one object a line: `{ id, input, expected, state?, coverage?, split?, … }`.
 *
 * @param path File that ends in `.csv` or `.jsonl`.
 * @throws InputError with file, line, field, what was found and expected: unreadable or empty file, missing,
 * extra or duplicate columns, values that do not fit the signature, duplicate ids, duplicate inputs,
 * contradicting truths, truths that do not stand in the input they are grounded in, groups across splits.
 */
export async function loadDataset<I, O>(path: string, signature: Signature<I, O>): Promise<Dataset<I, O>> {
  const raw = path.endsWith(".jsonl") ? await readLines(path, signature) : await readTable(path, signature);
  if (raw.length === 0) {
    throw new InputError("The dataset has no case", { where: path, expected: "at least one case" });
  }
  const whole = await resolveImages(raw, signature, path);
  const cases = whole.map((entry) => buildCase(entry, signature, path));
  checkCases(cases, signature, path);
  return { path, digest: datasetDigest(cases), cases };
}

async function readTable<I, O>(path: string, signature: Signature<I, O>): Promise<RawCase[]> {
  if (!path.endsWith(".csv")) {
    throw new InputError("Unknown kind of dataset", {
      where: path,
      expected: "a file that ends in .csv or .jsonl",
    });
  }
  const { columns, rows } = parseCsv(await readText(path), path);
  const inputs = signature.input.map(({ name }) => name);
  const outputs = scoredFields(signature).map(({ name }) => name);
  const states = columns.filter((name) => name.startsWith(STATE_PREFIX) && name.length > STATE_PREFIX.length);
  const optional = [...META_COLUMNS, ...states];
  checkColumns({ columns, required: ["id", ...inputs, ...outputs], optional, path });
  return rows.map(({ line, cells }) => {
    const read = (names: readonly string[], shape: Signature["inputShape"]) =>
      Object.fromEntries(names.flatMap((name) => {
        const type = shape[name];
        return type ? [[name, readCell(type, cells[name] ?? "")]] : [];
      }));
    const meta = META_COLUMNS.flatMap((name) => (cells[name] ? [[name, cells[name]]] : []));
    const state = states.flatMap((name) =>
      cells[name] ? [[name.slice(STATE_PREFIX.length), cells[name]]] : []
    );
    return {
      line,
      id: cells.id,
      input: read(inputs, signature.inputShape),
      expected: read(outputs, signature.outputShape),
      state: Object.fromEntries(state),
      meta: Object.fromEntries(meta),
    };
  });
}

async function readLines<I, O>(path: string, signature: Signature<I, O>): Promise<RawCase[]> {
  const raw: RawCase[] = [];
  try {
    for await (const { line, value } of readJsonl(path)) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw new InputError("A case is not an object", {
          where: `${path}, line ${line}`,
          expected: "{ id, input, expected }",
        });
      }
      const { id, input, expected, state, ...meta } = value as Record<string, unknown>;
      checkColumns({
        columns: Object.keys(value),
        required: ["id", "input", "expected"],
        optional: [...META_COLUMNS, "state"],
        path,
        line,
      });
      for (const [part, fields] of [[input, signature.input], [expected, scoredFields(signature)]] as const) {
        if (typeof part !== "object" || part === null) continue; // validation says so
        const optional = fields.map(({ name }) => name);
        checkColumns({ columns: Object.keys(part), required: [], optional, path, line });
      }
      raw.push({ line, id, input, expected, state, meta });
    }
  } catch (cause) {
    throw cause instanceof InputError ? cause : unreadable(path, cause);
  }
  return raw;
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): InputError {
  const found = cause instanceof TypeError
    ? "bytes that are not UTF-8"
    : cause instanceof Error
    ? cause.message
    : String(cause);
  return new InputError("Cannot read the dataset", {
    where: path,
    found,
    expected: "a readable UTF-8 file",
    cause,
  });
}
