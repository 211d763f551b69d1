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

interface Waiting {
  line: string;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/**
 * Appends records to a JSONL file, one line each, durably: `append()` resolves only when the line
 * has been flushed to the disk (`fdatasync`). Lines that arrive while a flush is under way share the
 * next one (group commit), so many writers cost few flushes.
 *
 * After a failed write (a full disk) every later append fails with the same error: the file may then
 * end in a torn line, which readers drop.
 */
export class JsonlWriter implements AsyncDisposable {
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
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
    if (await endsInLine(file)) return new JsonlWriter(file);
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
    if (this.#failure !== undefined) throw this.#failure;
    const json = JSON.stringify(record);
    if (json === undefined) throw new TypeError(`Cannot write a value of type ${typeof record} as JSON`);
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ line: json + "\n", resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // lets the appends of the same turn join the first flush
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await writeAll(this.#file, batch.map((entry) => entry.line).join(""));
        await this.#file.syncData();
        for (const entry of batch) entry.resolve();
      } catch (error) {
        this.#failure = error;
        for (const entry of [...batch, ...this.#waiting]) entry.reject(error);
        this.#waiting = [];
      }
    }
    this.#draining = undefined;
  }

  /** Waits for the lines under way and releases the file; a second call does nothing. */
  async close(): Promise<void> {
    await this.#draining;
    if (!this.#closed) this.#file.close();
    this.#closed = true;
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function endsInLine(file: Deno.FsFile): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  await file.seek(-1, Deno.SeekMode.End);
  const last = new Uint8Array(1);
  await file.read(last);
  return last[0] === 10;
}
