import { dirname } from "node:path";

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
  readonly #file: AppendFile;

  constructor(file: AppendFile) {
    this.#file = file;
  }

  /** Opens a file for appending, made when missing with its folder. */
  static async open(path: string): Promise<JsonlWriter> {
    await Deno.mkdir(dirname(path), { recursive: true });
    return new JsonlWriter(await Deno.open(path, { append: true, create: true }));
  }

  /**
   * Appends one record.
   *
   * @param record JSON data.
   * @returns Resolves when the line is on the disk.
   */
  append(record: unknown): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const line = JSON.stringify(record) + "\n";
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // lets the appends of the same turn join the first flush
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const bytes = new TextEncoder().encode(batch.map((entry) => entry.line).join(""));
        for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
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

  /** Waits for the lines under way and releases the file. */
  async close(): Promise<void> {
    await this.#draining;
    this.#file.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
