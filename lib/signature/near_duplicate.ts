import { normaliseText } from "./normalise_text.ts";

/** Jaccard similarity of word shingles from which on two texts are near-duplicates. */
export const NEAR_DUPLICATE_JACCARD = 0.8;

/**
 * Words in a shingle, from so many words of the shorter text on: order counts in long texts, and in a short one a
 * changed word must not take most shingles with it.
 */
const SHINGLES = [{ size: 1, from: 0 }, { size: 2, from: 8 }, { size: 3, from: 20 }] as const;

type ShingleSize = typeof SHINGLES[number]["size"];

/** A text as it is compared. */
interface Folded {
  text: string;
  words: readonly string[];
}

/** Texts of which the near-duplicates are asked for. */
export interface NearDuplicates {
  /** Positions of all texts that are near-duplicates of this one, ascending. */
  find(text: string): number[];
}

/**
 * Whether two texts are near-duplicates: equal after {@linkcode normaliseText}, which keeps numbers, or with a
 * Jaccard similarity of their sets of word shingles of at least {@linkcode NEAR_DUPLICATE_JACCARD} (Broder 1997,
 * "On the resemblance and containment of documents"). Shingles have 3 words; 2 where the shorter text has fewer
 * than 20 words, 1 where it has fewer than 8.
 *
 * @example Usage
 * ```ts
 * import { nearDuplicate } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert(nearDuplicate("Where is my parcel?", "where is my  parcel"));
 * assert(!nearDuplicate("Refund 20 %", "Refund 30 %"));
 * ```
 */
export function nearDuplicate(a: string, b: string): boolean {
  return areNearDuplicates(comparableText(a), comparableText(b));
}

/** A text that is read once to be compared with many: plain data, but its sets are made as they are needed. */
export interface ComparableText {
  readonly folded: Folded;
  readonly sets: Map<ShingleSize, Set<string>>;
}

/** Reads a text for {@linkcode areNearDuplicates}. */
export function comparableText(text: string): ComparableText {
  return { folded: fold(text), sets: new Map() };
}

/** {@linkcode nearDuplicate} of texts that are read already. */
export function areNearDuplicates(a: ComparableText, b: ComparableText): boolean {
  if (a.folded.text === b.folded.text) return true;
  const size = shingleSize(a.folded, b.folded);
  return alike(shinglesOf(a, size), shinglesOf(b, size));
}

function shinglesOf({ folded, sets }: ComparableText, size: ShingleSize): Set<string> {
  const set = sets.get(size) ?? shingles(folded, size);
  sets.set(size, set);
  return set;
}

/**
 * An index that finds what {@linkcode nearDuplicate} finds without comparing every pair: two sets that are so
 * alike share one of their few rarest shingles, so only texts that do are compared (prefix filter: Chaudhuri,
 * Ganti and Kaushik 2006; Bayardo, Ma and Srikant 2007).
 *
 * @example Usage
 * ```ts
 * import { nearDuplicates } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const index = nearDuplicates(["Where is my parcel?", "I want my money back", "WHERE IS MY PARCEL"]);
 * assert.deepEqual(index.find("Where is my parcel"), [0, 2]);
 * ```
 */
export function nearDuplicates(texts: readonly string[]): NearDuplicates {
  const folded = texts.map(fold);
  const equal = new Map<string, number[]>();
  folded.forEach(({ text }, position) => pushTo(equal, text, position));
  const indices = SHINGLES.map(({ size }) => shingleIndex(folded, size));
  return {
    find(text) {
      const asked = fold(text);
      const found = new Set([...equal.get(asked.text) ?? [], ...indices.flatMap((index) => index(asked))]);
      return [...found].sort((a, b) => a - b);
    },
  };
}

/** Finds, by position, the texts that are alike to another one in shingles of this size, where it is theirs. */
function shingleIndex(
  texts: readonly Folded[],
  size: ShingleSize,
): (asked: Folded) => number[] {
  const sets = texts.map((text) => shingles(text, size));
  const frequency = new Map<string, number>();
  for (const set of sets) {
    for (const shingle of set) frequency.set(shingle, (frequency.get(shingle) ?? 0) + 1);
  }
  const rank = (shingle: string) => frequency.get(shingle) ?? 0;
  // the filter is exact as the order is the same for all sets: by frequency, then by code units
  const rarest = (set: ReadonlySet<string>) =>
    [...set].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
      .slice(0, set.size - Math.ceil(NEAR_DUPLICATE_JACCARD * set.size) + 1);
  const postings = new Map<string, number[]>();
  sets.forEach((set, position) => {
    for (const shingle of rarest(set)) pushTo(postings, shingle, position);
  });
  return (asked) => {
    const set = shingles(asked, size);
    const candidates = new Set(rarest(set).flatMap((shingle) => postings.get(shingle) ?? []));
    return [...candidates].filter((position) =>
      shingleSize(asked, texts[position]!) === size && alike(set, sets[position]!)
    );
  };
}

function shingleSize(a: Folded, b: Folded): ShingleSize {
  const shorter = Math.min(a.words.length, b.words.length);
  return SHINGLES.findLast(({ from }) => shorter >= from)!.size;
}

function alike(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const [few, many] = a.size < b.size ? [a, b] : [b, a];
  if (few.size < NEAR_DUPLICATE_JACCARD * many.size) return false;
  let shared = 0;
  for (const shingle of few) if (many.has(shingle)) shared++;
  return shared / (few.size + many.size - shared) >= NEAR_DUPLICATE_JACCARD;
}

function fold(text: string): Folded {
  const folded = normaliseText(text);
  return { text: folded, words: folded === "" ? [] : folded.split(" ") };
}

function shingles({ words }: Folded, size: ShingleSize): Set<string> {
  if (size === 1) return new Set(words);
  const found = new Set<string>();
  for (let at = 0; at + size <= words.length; at++) {
    const pair = `${words[at]} ${words[at + 1]}`;
    found.add(size === 2 ? pair : `${pair} ${words[at + 2]}`);
  }
  return found;
}

function pushTo(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
