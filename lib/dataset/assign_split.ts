import { digestText } from "../io/mod.ts";
import type { Split } from "./types.ts";

/**
 * The split of a case that states none: by a hash of its group or id, so that it never changes when other
 * cases come or go. About 25% train, 25% dev, 50% test.
 *
 * @example Usage
 * ```ts
 * import { assignSplit } from "@lib/dataset/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(assignSplit("t001"), assignSplit("t001"));
 * ```
 */
export function assignSplit(key: string): Split {
  const share = parseInt(digestText(key).slice(0, 8), 16) / 2 ** 32;
  return share < 0.25 ? "train" : share < 0.5 ? "dev" : "test";
}
