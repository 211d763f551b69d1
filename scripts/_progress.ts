import { formatCount, formatDuration, formatUsd } from "../lib/report/mod.ts";

/** Shows how far long work is: a bar on a terminal, a line every few seconds elsewhere, all on stderr. */
export class Progress {
  readonly #started = performance.now();
  readonly #terminal = Deno.stderr.isTerminal();
  #shown = performance.now();
  #failed = 0;
  #usd = 0;
  #first: number | undefined;

  /** Counts one finished piece. */
  step(done: number, total: number, piece: { failed: boolean; usd: number }): void {
    this.#first ??= done - 1;
    this.#failed += piece.failed ? 1 : 0;
    this.#usd += piece.usd;
    const now = performance.now();
    if (now - this.#shown < (this.#terminal ? 100 : 5000) && done < total) return;
    this.#shown = now;
    const elapsed = now - this.#started;
    const left = ((total - done) * elapsed) / Math.max(1, done - this.#first);
    const text =
      `${formatCount(done)}/${formatCount(total)} (${Math.floor((100 * done) / total)}%), ${
        formatCount(this.#failed)
      } not correct` +
      `${this.#usd > 0 ? `, ${formatUsd(this.#usd)}` : ""}, ${formatDuration(elapsed)} gone, about ${
        formatDuration(left)
      } left`;
    if (this.#terminal) this.#write(`\r\u001b[K${bar(done / total)} ${text}`);
    else this.#write(`${text}\n`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#terminal) this.#write("\r\u001b[K");
  }

  #write(text: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}

function bar(share: number): string {
  const width = 24;
  const full = Math.round(share * width);
  return `[${"#".repeat(full)}${".".repeat(width - full)}]`;
}
