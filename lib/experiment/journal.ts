import { join } from "node:path";
import {
  type AppendFile,
  type Appending,
  digestText,
  InputError,
  JsonlWriter,
  readJsonl,
} from "../io/mod.ts";
import type { Call, Mode } from "../model/mod.ts";
import type { Observation } from "./observation.ts";
import { observationCheck } from "./observation_check.ts";

/** How a run, or a part of it, ended. */
export type RunStatus = "complete" | "interrupted" | "budget" | "stopped";

/** A line of the journal. Long system messages stand once, as `text`, and are referred to by id. */
export type JournalLine =
  | { type: "start"; at: string; mode: Mode }
  | { type: "text"; id: string; text: string }
  | ({ type: "observation" } & Observation)
  | { type: "end"; at: string; status: RunStatus; reason?: string };

interface StoredMessage {
  role: string;
  content?: string;
  /** Id of a `text` line that holds the content. */
  text?: string;
  /** Pictures as data, without their bytes. */
  images?: Call["messages"][number]["images"];
}

/** Name of the journal in the folder of a run. */
export const JOURNAL = "journal.jsonl";

/** Appends to the journal of a run, durably: a resolved promise means that the line is on the disk. */
export class Journal implements AsyncDisposable {
  readonly #writer: JsonlWriter;
  readonly #texts: Map<string, string>;

  /** @param texts Texts that the journal already holds, by content, with their ids. */
  constructor(writer: JsonlWriter, texts: Iterable<readonly [text: string, id: string]> = []) {
    this.#writer = writer;
    this.#texts = new Map(texts);
  }

  /** Opens the journal of a run for appending. */
  static async open(folder: string, texts: Iterable<readonly [string, string]> = []): Promise<Journal> {
    return new Journal(await JsonlWriter.open(join(folder, JOURNAL)), texts);
  }

  /** A journal over a file that is already open. */
  static over(file: AppendFile): Journal {
    return new Journal(new JsonlWriter(file));
  }

  /** Appends one observation; the two stages of it are told apart. */
  append(observation: Observation): Appending {
    const { calls, judge, ...rest } = observation;
    const stored = {
      ...rest,
      calls: this.#store(calls),
      ...(judge && { judge: { ...judge, calls: this.#store(judge.calls) } }),
    };
    return this.#write({ type: "observation", ...stored });
  }

  /** Notes that a run, or its continuation, starts or ends. */
  mark(line: Extract<JournalLine, { type: "start" | "end" }>): Promise<void> {
    return this.#write(line).flushed;
  }

  #write(line: unknown): Appending {
    try {
      const { written, flushed } = this.#writer.begin(line);
      const stages = { written: written.catch(unwritable), flushed: flushed.catch(unwritable) };
      for (const stage of Object.values(stages)) stage.catch(() => undefined); // one of the two may go unwatched
      return stages;
    } catch (cause) {
      unwritable(cause);
    }
  }

  #store(calls: readonly Call[]) {
    return calls.map((call) => ({
      ...call,
      messages: call.messages.map((message) => this.#intern(message)),
    }));
  }

  #intern({ role, content, images }: Call["messages"][number]): StoredMessage {
    if (role !== "system" || content.length < 100) return { role, content, ...(images && { images }) };
    const known = this.#texts.get(content);
    if (known !== undefined) return { role, text: known };
    const id = digestText(content).slice(0, 16);
    this.#texts.set(content, id);
    // appended before the observation that refers to it, so it stands before it; a failure fails that one too
    this.#write({ type: "text", id, text: content }).written.catch(() => undefined);
    return { role, text: id };
  }

  /** Waits for the lines under way and releases the file. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function unwritable(cause: unknown): never {
  throw new InputError("Cannot write the journal", {
    where: JOURNAL,
    found: cause instanceof Error ? cause.message : String(cause),
    fix: "make room on the disk, then go on with --resume: what was written before is intact",
    cause,
  });
}

/** Options of {@linkcode readJournal}. */
export interface ReadJournalOptions {
  /** Told of a torn last line with the byte offset at which it begins. */
  onTornLine?: (info: { line: number; offset: number }) => void;
  /** Ids of the run's cells; an observation of another one is damage. @default {any} */
  cells?: ReadonlySet<string>;
}

/**
 * Reads the journal of a run line by line, with the texts put back in; only the keys of its observations are kept
 * in memory.
 *
 * @throws InputError with file and line for damage, an observation that is there twice included; a torn last line
 * is dropped.
 */
export async function* readJournal(
  folder: string,
  options: ReadJournalOptions = {},
): AsyncGenerator<JournalLine> {
  const path = join(folder, JOURNAL);
  const texts = new Map<string, string>();
  const { onTornLine = () => undefined, cells } = options;
  const check = observationCheck(path, cells);
  for await (const { line, value } of readJsonl(path, { onTornLine })) {
    const entry = value as JournalLine;
    switch (entry?.type) {
      case "text":
        texts.set(entry.id, entry.text);
        yield entry;
        break;
      case "observation":
        check(entry, line);
        yield restoreObservation(entry, (call) => restore(call, texts, `${path}, line ${line}`));
        break;
      case "start":
      case "end":
        yield entry;
        break;
      default:
        throw new InputError("Unknown line in a journal", {
          where: `${path}, line ${line}`,
          found: JSON.stringify(value).slice(0, 80),
        });
    }
  }
}

function restoreObservation<T extends Observation>(entry: T, whole: (call: Call) => Call): T {
  const { calls, judge } = entry;
  return {
    ...entry,
    calls: calls.map(whole),
    ...(judge && { judge: { ...judge, calls: judge.calls.map(whole) } }),
  };
}

function restore(call: Call, texts: ReadonlyMap<string, string>, where: string): Call {
  const messages = (call.messages as readonly StoredMessage[]).map(({ role, content, text, images }) => {
    const whole = content ?? texts.get(text ?? "");
    if (whole === undefined) {
      throw new InputError("A journal refers to a text that it does not hold", {
        where,
        found: String(text),
      });
    }
    return { role, content: whole, ...(images && { images }) } as Call["messages"][number];
  });
  return { ...call, messages };
}
