import { createHash } from "node:crypto";
import { canonicalJson } from "../io/mod.ts";
import type { Case } from "./types.ts";

/** SHA-256 over all cases in order; line numbers and notes do not count. */
export function datasetDigest(cases: readonly Case<unknown, unknown>[]): string {
  const hash = createHash("sha256");
  for (const { line: _line, note: _note, ...rest } of cases) hash.update(canonicalJson(rest)).update("\n");
  return hash.digest("hex");
}
