import { dirname } from "node:path";
import { InputError } from "./input_error.ts";
import { writeAll } from "./write_all.ts";

/** Where {@linkcode JsonlWriter} writes to; a part of `Deno.FsFile`, so that tests can fail a disk. */
export interface AppendFile {
  /** Appends some of the bytes; resolves to how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Flushes the data to the disk. */
  syncData(): Promise<void>;
  /** Releases the file. */
  close(): void;
}

/** An append under way, in its two stages. */
export interface Appending {
  /** Resolves when the system has the line: it survives the death of this process. */
  written: Promise<void>;
  /** Resolves when the line is on the disk (`fdatasync`): it survives the death of the machine. */
  flushed: Promise<void>;
}

interface Entry {
  line: string;
  written: PromiseWithResolvers<void>;
  flushed: PromiseWithResolvers<void>;
}

/**
 * Appends records to a JSONL file, one line each, durably: `append()` resolves only when the line
 * has been flushed to the disk. Lines that arrive while a write or a flush is under way share the next one
 * (group commit), so many writers cost few flushes, and a write never waits for a flush.
 *
 * After a failed write (a full disk) every later append fails with the same error: the file may then
 * end in a torn line, which readers drop.
 */
export class JsonlWriter implements AsyncDisposable {
  #toWrite: Entry[] = [];
  #toFlush: Entry[] = [];
  #writing: Promise<void> | undefined;
  #flushing: Promise<void> | undefined;
  #failure: unknown;
  #closed = false;
  readonly #file: AppendFile;

  constructor(file: AppendFile) {
    this.#file = file;
  }

  /**
   * Opens a file for appending, made when missing with its folder.
   *
   * @throws InputError when its last line has no line end: the next record would be glued to it.
   */
  static async open(path: string): Promise<JsonlWriter> {
    await Deno.mkdir(dirname(path), { recursive: true });
    const file = await Deno.open(path, { read: true, append: true, create: true });
    if (await endsInLine(file)) {
      return new JsonlWriter(withOwnFlush(file, await Deno.open(path, { append: true })));
    }
    file.close();
    throw new InputError("Cannot append to a file whose last line has no line end", {
      where: path,
      fix: "cut that line off (readJsonl tells its offset), or end it when it is whole",
    });
  }

  /**
   * Appends one record.
   *
   * @param record JSON data.
   * @returns Resolves when the line is on the disk.
   * @throws TypeError for what is no JSON data; the file stays as it is.
   */
  async append(record: unknown): Promise<void> {
    await this.begin(record).flushed;
  }

  /**
   * Appends one record, and tells its two stages apart: for writers that may go on once the line is written.
   *
   * @throws TypeError for what is no JSON data, and the error of an earlier failed write.
   */
  begin(record: unknown): Appending {
    if (this.#failure !== undefined) throw this.#failure;
    const json = JSON.stringify(record);
    if (json === undefined) throw new TypeError(`Cannot write a value of type ${typeof record} as JSON`);
    const entry: Entry = {
      line: json + "\n",
      written: Promise.withResolvers<void>(),
      flushed: Promise.withResolvers<void>(),
    };
    for (const { promise } of [entry.written, entry.flushed]) promise.catch(() => undefined); // one of the two may go unwatched
    this.#toWrite.push(entry);
    this.#writing ??= this.#write();
    return { written: entry.written.promise, flushed: entry.flushed.promise };
  }

  async #write(): Promise<void> {
    await Promise.resolve(); // lets the appends of the same turn join the first write
    while (this.#toWrite.length > 0) {
      const batch = this.#toWrite;
      this.#toWrite = [];
      try {
        await writeAll(this.#file, batch.map((entry) => entry.line).join(""));
        if (this.#failure !== undefined) throw this.#failure; // a flush failed meanwhile: none after it can be trusted
        for (const entry of batch) entry.written.resolve();
        this.#toFlush.push(...batch);
        this.#flushing ??= this.#flush();
      } catch (error) {
        this.#fail(error, batch);
      }
    }
    this.#writing = undefined;
  }

  async #flush(): Promise<void> {
    while (this.#toFlush.length > 0) {
      const batch = this.#toFlush;
      this.#toFlush = [];
      try {
        await this.#file.syncData();
        for (const entry of batch) entry.flushed.resolve();
      } catch (error) {
        this.#fail(error, batch);
      }
    }
    this.#flushing = undefined;
  }

  #fail(error: unknown, batch: readonly Entry[]): void {
    this.#failure = error;
    for (const entry of [...batch, ...this.#toWrite, ...this.#toFlush]) {
      entry.written.reject(error);
      entry.flushed.reject(error);
    }
    this.#toWrite = [];
    this.#toFlush = [];
  }

  /** Waits for the lines under way and releases the file; a second call does nothing. */
  async close(): Promise<void> {
    while (this.#writing ?? this.#flushing) await (this.#writing ?? this.#flushing);
    if (!this.#closed) this.#file.close();
    this.#closed = true;
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Writes at once, to the system's memory, which takes microseconds where a round through the thread pool takes a
 * good part of a millisecond; flushes through a handle of its own, so that no write ever waits for a flush.
 */
function withOwnFlush(file: Deno.FsFile, flusher: Deno.FsFile): AppendFile {
  return {
    write: (bytes) => Promise.try(() => file.writeSync(bytes)),
    syncData: () => flusher.syncData(),
    close: () => {
      file.close();
      flusher.close();
    },
  };
}

async function endsInLine(file: Deno.FsFile): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  await file.seek(-1, Deno.SeekMode.End);
  const last = new Uint8Array(1);
  await file.read(last);
  return last[0] === 10;
}
