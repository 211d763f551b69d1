import { digest, InputError } from "../../io/mod.ts";
import type { Signature } from "../../signature/mod.ts";
import { itemText } from "./item_text.ts";
import { searchFields } from "./search_fields.ts";

type Data = Readonly<Record<string, unknown>>;

/** A solved case that may be found: an example, or a failure of an earlier run with its corrected truth. */
export interface CorpusItem {
  /** Id of its case. */
  id: string;
  kind: "case" | "failure";
  /** Where it comes from: a dataset, or the run that failed. */
  from: string;
  input: Data;
  /** The truth. */
  output: Data;
  /** What it is found by. */
  text: string;
  /** The wrong output, for a failure. */
  mistake?: Data;
  /** When it arose, ISO 8601. */
  at?: string;
  group?: string;
  session?: string;
}

/** Items that may be found, as plain data. */
export interface Corpus {
  /** Input fields that the texts of items and queries are made of, in order. */
  fields: readonly string[];
  items: readonly CorpusItem[];
  /** SHA-256 over fields and items. */
  digest: string;
}

/** A case that a corpus may hold; a `Case` of a dataset is one. */
export interface CorpusCase {
  id: string;
  input: unknown;
  /** The truth. */
  expected: unknown;
  split?: string;
  at?: string;
  group?: string;
  session?: string;
}

/** A failure of an earlier run. */
export interface CorpusFailure extends CorpusCase {
  /** The run. */
  from: string;
  /** What the run made of it, where that could be read. */
  mistake?: unknown;
}

/** What {@linkcode corpusOf} is made from. */
export interface CorpusSource {
  signature: Pick<Signature, "name" | "input">;
  /** Name of the dataset that the cases are from. */
  from: string;
  cases: readonly CorpusCase[];
  /** @default {[]} */
  failures?: readonly CorpusFailure[];
  /** Input fields to search by; name the telling ones where others are the same in many cases. @default {all but pictures} */
  fields?: readonly string[];
}

/**
 * Makes a corpus. A case is one item: where runs failed on it, the latest failure takes its place, as it holds all
 * that the case does and the mistake.
 *
 * @throws InputError for a test case (test cases never train), two cases of one id, a date that is none, and fields
 * that cannot be searched by.
 * @example Usage
 * ```ts
 * import { corpusOf } from "@lib/program/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Team = signature({ name: "team", instructions: "", input: { mail: z.string() }, output: { team: z.string() } });
 * const cases = [{ id: "t1", input: { mail: "No parcel" }, expected: { team: "delivery" } }];
 * const corpus = corpusOf({ signature: Team, from: "cases.csv", cases });
 * assert.equal(corpus.items[0]?.text, "No parcel");
 * ```
 */
export function corpusOf({ signature, from, cases, failures = [], fields }: CorpusSource): Corpus {
  const searched = searchFields(signature, fields);
  const items = new Map<string, CorpusItem>();
  for (const entry of cases) {
    if (items.has(entry.id)) {
      throw new InputError("Two cases of one id", { where: `case ${entry.id}`, found: from });
    }
    items.set(entry.id, itemOf(entry, "case", from, searched));
  }
  for (const failure of failures) {
    const item = itemOf(failure, "failure", failure.from, searched);
    const known = items.get(item.id);
    if (known?.kind === "failure" && timeOf(known) > timeOf(item)) continue;
    items.set(item.id, {
      ...item,
      ...(failure.mistake !== undefined && { mistake: failure.mistake as Data }),
    });
  }
  return ofItems(searched, [...items.values()]);
}

/** The text of an input that is put to a corpus. */
export function queryText(corpus: Pick<Corpus, "fields">, input: Data): string {
  return itemText(corpus.fields, input);
}

/** A corpus of some items, with their digest. */
export function ofItems(fields: readonly string[], items: readonly CorpusItem[]): Corpus {
  return { fields, items, digest: digest({ fields, items }) };
}

/** When an item arose, ms since 1970; before all others when it does not say. */
export function timeOf({ at }: Pick<CorpusItem, "at">): number {
  return at === undefined ? -Infinity : Date.parse(at);
}

function itemOf(
  entry: CorpusCase,
  kind: CorpusItem["kind"],
  from: string,
  fields: readonly string[],
): CorpusItem {
  const { id, split, input, expected, at, group, session } = entry;
  if (split === "test") {
    throw new InputError("A test case cannot be an example", {
      where: `case ${id}, from ${from}`,
      found: "split test",
      expected: "cases of other splits: what is evaluated must not be learnt from",
      fix: "take the split train, or move the case to it for good",
    });
  }
  if (Number.isNaN(timeOf(entry))) {
    throw new InputError("Bad date of an example", {
      where: `case ${id}, from ${from}`,
      found: at,
      expected: "ISO 8601",
    });
  }
  return {
    id,
    kind,
    from,
    input: input as Data,
    output: expected as Data,
    text: itemText(fields, input as Data),
    ...(at !== undefined && { at }),
    ...(group !== undefined && { group }),
    ...(session !== undefined && { session }),
  };
}
