import { join } from "node:path";
import { InputError, JsonlWriter, readJsonl } from "../io/mod.ts";
import type { ReplyStore, StoredReply } from "./reply_store.ts";
import type { Attempt, Usage } from "./types.ts";

/** First line of a recordings file: what answered, and when. */
export interface RecordingsHeader {
  format: "assay-recordings/1";
  /** Name of the model with its endpoint. */
  model: string;
  /** Server and version. */
  server: string;
  /** SHA-256 of the weights, for a local model. */
  weightsSha256?: string;
  /** Day of the first recording, ISO 8601. */
  recordedAt: string;
}

/** A recorded reply, one line, compact: `usage` is input, cached, output, reasoning tokens; `ms` each attempt's duration. */
interface RecordingLine {
  key: string;
  at: string;
  text: string | null;
  finish: string | null;
  refusal?: string;
  usage: [number, number, number, number] | null;
  ms: number[];
}

/** Recorded replies of one task. */
export interface Recordings extends ReplyStore {
  /** Headers of the files that were read. */
  readonly headers: readonly RecordingsHeader[];
  /** Number of recorded replies. */
  readonly size: number;
}

/**
 * Reads the recordings of a task: `<folder>/*.jsonl`, one file a model.
 *
 * @param folder May be missing: then there are no recordings.
 * @param onWarning Told of a torn last line, which is dropped.
 * @throws InputError for a file that is no recordings file or is damaged, with file and line.
 */
export async function readRecordings(folder: string, onWarning: (text: string) => void): Promise<Recordings> {
  const lines = new Map<string, RecordingLine>();
  const headers: RecordingsHeader[] = [];
  for (const path of await recordingFiles(folder)) {
    let begun = false;
    for await (
      const { line, value } of readJsonl(path, {
        onTornLine: () => onWarning(`${path}: dropped a torn last line`),
      })
    ) {
      if (begun && isLine(value)) lines.set(value.key, value);
      else if (isHeader(value)) {
        headers.push(value);
        begun = true;
      } else {
        throw new InputError("Cannot use a recordings file", {
          where: `${path}, line ${line}`,
          expected: 'a first line with "format": "assay-recordings/1", then one recorded reply a line',
          fix: "restore the file from version control, or record it again with --record",
        });
      }
    }
  }
  return {
    headers,
    get size() {
      return lines.size;
    },
    get(key) {
      const found = lines.get(key);
      return found && expand(found);
    },
    put: () => Promise.reject(new TypeError("Cannot write recordings that were opened for reading")),
    close: () => Promise.resolve(),
  };
}

/**
 * Opens one model's recordings file for appending; what it holds already is not asked again.
 *
 * @param path `<folder>/<model>.jsonl`; made with its header when missing.
 * @throws InputError when the file holds recordings of another model or of other weights.
 */
export async function openRecorder(
  path: string,
  header: RecordingsHeader,
  known: Recordings,
): Promise<ReplyStore> {
  const exists = await Deno.stat(path).then(() => true, () => false);
  const first = exists ? await dropTornLine(path) : undefined;
  if (first !== undefined) checkHeader(path, first, header);
  const writer = await JsonlWriter.open(path);
  if (first === undefined) await writer.append(header);
  const added = new Map<string, StoredReply>();
  return {
    get: (key) => added.get(key) ?? known.get(key),
    async put(key, stored) {
      await writer.append(compact(key, stored));
      added.set(key, stored);
    },
    close: () => writer.close(),
  };
}

/** Drops what a killed writer left of its last line; resolves to the first record, if there is one. */
async function dropTornLine(path: string): Promise<unknown> {
  let torn: number | undefined;
  let first: unknown;
  for await (const { value } of readJsonl(path, { onTornLine: ({ offset }) => torn = offset })) {
    first ??= value;
  }
  if (torn !== undefined) await Deno.truncate(path, torn);
  return first;
}

function checkHeader(path: string, first: unknown, header: RecordingsHeader): void {
  const weights = header.weightsSha256;
  const fits = isHeader(first) && first.model === header.model &&
    (first.weightsSha256 ?? weights) === (weights ?? first.weightsSha256); // a server that does not run states none
  if (fits) return;
  const name = ({ model, weightsSha256 = "not stated" }: RecordingsHeader) =>
    `${model}, weights ${weightsSha256}`;
  throw new InputError("Cannot add to recordings of something else", {
    where: `${path}, line 1`,
    found: isHeader(first) ? name(first) : "no header",
    expected: name(header),
    fix: "remove that file to record anew",
  });
}

async function recordingFiles(folder: string): Promise<string[]> {
  try {
    const names = await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name);
    return names.filter((name) => name.endsWith(".jsonl")).sort().map((name) => join(folder, name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function compact(key: string, { reply, usage, attempts, at }: StoredReply): RecordingLine {
  return {
    key,
    at: at.slice(0, 19) + "Z",
    text: reply.text,
    finish: reply.finishReason,
    ...(reply.refusal && { refusal: reply.refusal }),
    usage: usage && [usage.inputTokens, usage.cachedTokens, usage.outputTokens, usage.reasoningTokens],
    ms: attempts.map(({ durationMs }) => Math.round(durationMs)),
  };
}

function expand({ at, text, finish, refusal, usage, ms }: RecordingLine): StoredReply {
  return {
    reply: { text, finishReason: finish, ...(refusal && { refusal }) },
    usage: usage && expandUsage(usage),
    attempts: ms.map((durationMs): Attempt => ({ durationMs })),
    at,
  };
}

function expandUsage(
  [inputTokens, cachedTokens, outputTokens, reasoningTokens]: [number, number, number, number],
): Usage {
  return { inputTokens, cachedTokens, outputTokens, reasoningTokens };
}

function isHeader(value: unknown): value is RecordingsHeader {
  return typeof value === "object" && value !== null &&
    Reflect.get(value, "format") === "assay-recordings/1" &&
    typeof Reflect.get(value, "model") === "string";
}

function isLine(value: unknown): value is RecordingLine {
  if (typeof value !== "object" || value === null) return false;
  const { key, at, text, finish, refusal = "", usage, ms } = value as {
    [K in keyof RecordingLine]?: unknown;
  };
  return [key, at, refusal].every((member) => typeof member === "string") &&
    [text, finish].every((member) => member === null || typeof member === "string") &&
    (usage === null || areNumbers(usage) && usage.length === 4) && areNumbers(ms);
}

function areNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((member) => typeof member === "number");
}
