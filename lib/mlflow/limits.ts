import { digestText } from "../io/mod.ts";

/** What MLflow takes at most; longer values it cuts without a word, other excess it refuses. */
export const LIMITS = {
  /** Characters of the name of an experiment. */
  experimentName: 500,
  /** Characters of the name of a run. */
  runName: 250,
  /** Characters of the key of a metric, a param or a tag. */
  key: 250,
  /** Characters of the value of a param. */
  paramValue: 6000,
  /** Characters of the value of a run's tag. */
  tagValue: 8000,
  /** Characters of the value of an experiment's tag: of servers before 3.12. */
  experimentTagValue: 5000,
  /** Metrics, params and tags in one request: together at most 1000. */
  batch: { metrics: 800, params: 100, tags: 100 },
} as const;

/**
 * The nearest key that every MLflow server takes: letters, digits, `_ . - /` and blanks (a colon is refused by
 * servers on Windows), a path that means itself, at most 250 characters.
 *
 * @example Usage
 * ```ts
 * import { mlflowKey } from "@lib/mlflow/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(mlflowKey("field/größe (cm)"), "field/größe _cm_");
 * assert.equal(mlflowKey("/a//../b/"), "_/a/_/_/b/_");
 * ```
 */
export function mlflowKey(name: string): string {
  const allowed = name.normalize("NFC").replace(/[^\p{L}\p{N}_/.\- ]/gu, "_").replace(/^\.\./, "__");
  const path = allowed.split("/").map((segment) => /^\.{0,2}$/.test(segment) ? "_" : segment).join("/");
  const characters = [...path];
  if (characters.length <= LIMITS.key) return path;
  return `${characters.slice(0, LIMITS.key - 9).join("")}_${shortDigest(name)}`;
}

/** The same record under keys that MLflow takes; two names that become one key stay two. */
export function withKeys<T>(record: Readonly<Record<string, T>>): [key: string, value: T][] {
  const taken = new Set<string>();
  return Object.entries(record).map(([name, value]) => {
    let key = mlflowKey(name);
    if (taken.has(key)) key = mlflowKey(`${key.slice(0, LIMITS.key - 9)}_${shortDigest(name)}`);
    taken.add(key);
    return [key, value];
  });
}

/**
 * A text of at most `most` characters; what is cut away is told in it.
 *
 * @example Usage
 * ```ts
 * import { cutTo } from "@lib/mlflow/limits.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(cutTo("a".repeat(100), 40), "aaaaaaaaaaaaaaaa … (cut: 100 characters)");
 * ```
 */
export function cutTo(text: string, most: number): string {
  if (text.length <= most) return text;
  const note = ` … (cut: ${text.length} characters)`;
  return text.slice(0, Math.max(0, most - note.length)).replace(/[\uD800-\uDBFF]$/, "") + note;
}

function shortDigest(text: string): string {
  return digestText(text).slice(0, 8);
}
