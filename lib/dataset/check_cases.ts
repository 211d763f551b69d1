import { canonicalJson, InputError } from "../io/mod.ts";
import { isGrounded, type Signature } from "../signature/mod.ts";
import type { Case } from "./types.ts";

/**
 * Checks cases against each other and against their own input.
 *
 * @throws InputError for duplicate ids, duplicate inputs (case and spaces do not matter), contradicting
 * truths, truths that do not occur where they are grounded, groups or sessions that span splits, and sessions
 * that are not in the order of time.
 */
export function checkCases<I, O>(
  cases: readonly Case<I, O>[],
  signature: Signature<I, O>,
  path: string,
): void {
  const ids = new Map<string, Case<I, O>>();
  const inputs = new Map<string, Case<I, O>>();
  const splits = new Map<string, Case<I, O>>();
  const last = new Map<string, Case<I, O>>();
  for (const entry of cases) {
    const where = `${path}, line ${entry.line}`;
    const twin = ids.get(entry.id);
    if (twin) {
      throw new InputError(`Duplicate id "${entry.id}"`, {
        where,
        found: `the same id on line ${twin.line}`,
        fix: "give each case its own id",
      });
    }
    ids.set(entry.id, entry);
    checkInput(entry, inputs, where);
    checkGrounded(entry, signature, where);
    checkOrder(entry, last, where);
    for (const key of [entry.group && `group ${entry.group}`, entry.session && `session ${entry.session}`]) {
      if (!key) continue;
      const other = splits.get(key);
      if (other && other.split !== entry.split) {
        throw new InputError(`The ${key} spans two splits`, {
          where,
          found: `${entry.split} here, ${other.split} on line ${other.line}`,
          expected: "cases that belong together in one split, so that test cases never train",
        });
      }
      splits.set(key, entry);
    }
  }
}

function checkInput<I, O>(entry: Case<I, O>, seen: Map<string, Case<I, O>>, where: string): void {
  const key = canonicalJson(fold(entry.input));
  const twin = seen.get(key);
  seen.set(key, entry);
  if (!twin) return;
  const same = canonicalJson(entry.expected) === canonicalJson(twin.expected);
  throw new InputError(same ? "Duplicate input" : "Contradicting truths for the same input", {
    where: `${where}, case ${entry.id}`,
    found: same
      ? `the same input as case ${twin.id} on line ${twin.line}`
      : `${canonicalJson(entry.expected).slice(0, 100)} here, ${
        canonicalJson(twin.expected).slice(0, 100)
      } in case ${twin.id} on line ${twin.line}`,
    expected: "each input once",
    fix: same ? "remove one of them" : "decide which truth is right and remove the other case",
  });
}

function checkOrder<I, O>(entry: Case<I, O>, last: Map<string, Case<I, O>>, where: string): void {
  if (entry.session === undefined || entry.at === undefined) return;
  const before = last.get(entry.session);
  last.set(entry.session, entry);
  if (before?.at === undefined || Date.parse(before.at) <= Date.parse(entry.at)) return;
  throw new InputError(`The session ${entry.session} is not in the order of time`, {
    where: `${where}, case ${entry.id}`,
    found: `${entry.at} after ${before.at} of case ${before.id} on line ${before.line}`,
    expected: "the cases of a session as they came, the oldest first",
    fix: "sort them by their field at",
  });
}

function checkGrounded<I, O>(entry: Case<I, O>, { output }: Signature<I, O>, where: string): void {
  for (const { name, groundedIn } of output) {
    if (groundedIn === undefined) continue;
    const value = Reflect.get(entry.expected as object, name);
    const source = String(Reflect.get(entry.input as object, groundedIn) ?? "");
    if (isGrounded(value, source)) continue;
    throw new InputError("A truth does not occur in the input it is grounded in", {
      where: `${where}, case ${entry.id}, field ${name}`,
      found: JSON.stringify(value),
      expected: `a value that stands in ${groundedIn}, or an empty cell`,
      fix: "copy it exactly as it is written there",
    });
  }
}

function fold(value: unknown): unknown {
  if (typeof value === "string") return value.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  if (Array.isArray(value)) return value.map(fold);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fold(member)]));
}
