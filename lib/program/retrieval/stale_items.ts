import { InputError } from "../../io/mod.ts";
import { type Interval, wilsonInterval } from "../../stats/mod.ts";
import { type Corpus, ofItems, timeOf } from "./corpus.ts";
import type { Use, UseCounts } from "./use_counts.ts";

/** Options of {@linkcode staleItems}. */
export interface StaleOptions {
  /** Fewest uses from which on an item is judged by its errors. @default {10} */
  minUses?: number;
  /** Items from before this date are old, ISO 8601; one without a date is not. @default {none is} */
  olderThan?: string;
}

/** What is known of one item. */
export interface ItemReport extends Use {
  id: string;
  at?: string;
  /** Predictions for which it was not shown, and the wrong ones among them. */
  notUsed: number;
  wrongWhenNotUsed: number;
  /** 95% Wilson interval of the error rate when it was shown; none below the fewest uses. */
  errorRate?: Interval;
  verdict: "old" | "goes with errors" | "cannot tell" | "fresh";
}

/** What is known of all items of a corpus. */
export interface StaleReport {
  /** Predictions that the counts are from, and the wrong ones among them. */
  total: number;
  wrong: number;
  /** In the order of the corpus. */
  items: readonly ItemReport[];
  /** Ids of items that are old or go with errors. */
  stale: readonly string[];
}

/**
 * Finds items that a corpus may be better off without: old ones, and those whose presence goes with errors, which
 * are those of which the lower bound of the 95% Wilson interval of the error rate when shown is above the error rate
 * over all predictions. Below `minUses` uses it cannot tell.
 *
 * To go with errors is not to cause them: an item may be found for hard cases alone. Predictions are counted as
 * independent, and of many sound items about one in forty is named by chance; so this is a list for people to read.
 *
 * @throws InputError for a date that is none; RangeError for `minUses` that is no count.
 * @example Usage
 * ```ts
 * import { corpusOf, countUses, staleItems } from "@lib/program/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Team = signature({ name: "team", instructions: "", input: { mail: z.string() }, output: { team: z.string() } });
 * const cases = [{ id: "t1", input: { mail: "No parcel" }, expected: { team: "delivery" }, at: "2024-01-31" }];
 * const corpus = corpusOf({ signature: Team, from: "cases.csv", cases });
 * assert.deepEqual(staleItems(corpus, countUses([]), { olderThan: "2025-01-01" }).stale, ["t1"]);
 * ```
 */
export function staleItems(corpus: Corpus, uses: UseCounts, options: StaleOptions = {}): StaleReport {
  const { minUses = 10, olderThan } = options;
  if (!Number.isInteger(minUses) || minUses < 1) {
    throw new RangeError(
      `Cannot judge items as minUses must be an integer >= 1: current value is ${minUses}`,
    );
  }
  const since = timeOf({ ...(olderThan !== undefined && { at: olderThan }) });
  if (Number.isNaN(since)) {
    throw new InputError("Bad date", { where: "olderThan", found: olderThan, expected: "ISO 8601" });
  }
  const { total, wrong } = uses;
  const items = corpus.items.map((item): ItemReport => {
    const { used, wrongWhenUsed } = uses.items.get(item.id) ?? { used: 0, wrongWhenUsed: 0 };
    const errorRate = used < minUses ? undefined : wilsonInterval(wrongWhenUsed, used);
    const old = item.at !== undefined && timeOf(item) < since;
    const verdict = old
      ? "old"
      : !errorRate
      ? "cannot tell"
      : errorRate[0] > wrong / total
      ? "goes with errors"
      : "fresh";
    return {
      id: item.id,
      ...(item.at !== undefined && { at: item.at }),
      used,
      wrongWhenUsed,
      notUsed: total - used,
      wrongWhenNotUsed: wrong - wrongWhenUsed,
      ...(errorRate && { errorRate }),
      verdict,
    };
  });
  const stale = items.filter(({ verdict }) => verdict === "old" || verdict === "goes with errors");
  return { total, wrong, items, stale: stale.map(({ id }) => id) };
}

/** The corpus without the items that a report names as stale. */
export function withoutStale(corpus: Corpus, { stale }: Pick<StaleReport, "stale">): Corpus {
  const left = new Set(stale);
  return ofItems(corpus.fields, corpus.items.filter(({ id }) => !left.has(id)));
}
