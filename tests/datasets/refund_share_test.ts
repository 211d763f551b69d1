import { parseCsv } from "@lib/io/mod.ts";
import assert from "node:assert/strict";

const path = new URL("../../datasets/refund_share/cases.csv", import.meta.url);
const text = Deno.readTextFileSync(path);
const { columns, rows } = parseCsv(text, "cases.csv");
const cases = rows.map(({ cells }) => ({
  id: cell(cells, "id"),
  policy: cell(cells, "policy"),
  ticket: cell(cells, "ticket"),
  reason: cell(cells, "reason"),
  days: cell(cells, "days") === "" ? null : Number(cell(cells, "days")),
  share: Number(cell(cells, "share")),
  session: cell(cells, "session"),
  tier: cell(cells, "state.tier"),
  coverage: cell(cells, "coverage"),
  split: cell(cells, "split"),
  note: cell(cells, "note"),
}));
type Case = typeof cases[number];

/** The numbers of a policy, in the order of its rules. */
interface Terms {
  readonly late: { readonly free: number; readonly perDay: number; readonly cap: number };
  /** Share up to and including the day; the last one holds for ever. */
  readonly damaged: readonly (readonly [day: number, share: number])[];
  readonly wrongItem: readonly (readonly [day: number, share: number])[];
  readonly changedMind: { readonly limit: number; readonly unopened: number; readonly opened: number };
  readonly goldPoints: number;
}

const terms: Record<string, Terms> = {
  "valid from January 2026": {
    late: { free: 0, perDay: 2, cap: 30 },
    damaged: [[14, 100], [30, 50], [Infinity, 0]],
    wrongItem: [[30, 100], [Infinity, 0]],
    changedMind: { limit: 14, unopened: 100, opened: 60 },
    goldPoints: 10,
  },
  "valid until December 2025": {
    late: { free: 2, perDay: 5, cap: 40 },
    damaged: [[30, 100], [Infinity, 25]],
    wrongItem: [[Infinity, 100]],
    changedMind: { limit: 30, unopened: 80, opened: 40 },
    goldPoints: 5,
  },
};

Deno.test("cases.csv has the columns of its data sheet and LF line ends", () => {
  assert.deepEqual(columns, [
    ...["id", "policy", "ticket", "reason", "days", "share"],
    ...["session", "state.tier", "coverage", "split", "note"],
  ]);
  assert.ok(!text.includes("\r") && text.endsWith("\n"));
  assert.deepEqual(
    cases.map(({ id }) => id),
    Array.from({ length: 66 }, (_, i) => `r${String(i + 1).padStart(3, "0")}`),
  );
});

Deno.test("share follows from policy, reason, days, tier and opened or unopened in every case", () => {
  for (const one of cases) assert.equal(one.share, shareOf(one), `${one.id}: ${one.note}`);
});

Deno.test("days are null for other, and else only where no day can change the share", () => {
  for (const { id, reason, days, policy } of cases) {
    if (reason === "other") assert.equal(days, null, id);
    else if (days === null) assert.ok(reason === "wrong_item" && policy.includes("until December 2025"), id);
    else assert.ok(Number.isInteger(days) && days >= 0, id);
  }
});

Deno.test("there are exactly two policies, the one in force from 2026 in about two thirds of the cases", () => {
  const counts = count(cases.map(({ policy }) => policy));
  assert.deepEqual([...counts.values()].sort(), [21, 45]);
});

Deno.test("a session is three messages in a row with one policy, one tier and one split", () => {
  const sessions = Map.groupBy(cases, ({ session }) => session);
  assert.deepEqual(
    [...sessions.keys()],
    Array.from({ length: 22 }, (_, i) => `s${String(i + 1).padStart(2, "0")}`),
  );
  cases.forEach(({ session }, i) =>
    assert.equal(session, `s${String(Math.floor(i / 3) + 1).padStart(2, "0")}`)
  );
  for (const [session, messages] of sessions) {
    for (const key of ["policy", "tier", "split"] as const) {
      assert.equal(new Set(messages.map((one) => one[key])).size, 1, `${session} ${key}`);
    }
  }
});

Deno.test("splits hold 18, 15 and 33 cases, with every reason, tier and coverage in each", () => {
  const splits = Map.groupBy(cases, ({ split }) => split);
  assert.deepEqual([...splits].map(([split, all]) => [split, all.length]), [
    ["train", 18],
    ["dev", 15],
    ["test", 33],
  ]);
  for (const [split, all] of splits) {
    const values = (key: "reason" | "tier" | "coverage") => [...new Set(all.map((one) => one[key]))].sort();
    assert.deepEqual(values("reason"), ["changed_mind", "damaged", "late", "other", "wrong_item"], split);
    assert.deepEqual(values("tier"), ["gold", "standard"], split);
    assert.deepEqual(values("coverage"), ["boundary", "common", "edge"], split);
  }
  assert.equal(cases.filter(({ tier }) => tier === "gold").length, 30);
});

Deno.test("a ticket is 20 to 60 words long and never names the tier", () => {
  for (const { id, ticket } of cases) {
    const words = ticket.split(/\s+/).length;
    assert.ok(words >= 20 && words <= 60, `${id} has ${words} words`);
    assert.doesNotMatch(ticket, /\b(gold|standard|tier)\b/i, id);
  }
});

Deno.test("no two tickets share more than a fifth of their pairs of words", () => {
  cases.forEach((a, i) => {
    for (const b of cases.slice(i + 1)) {
      const [left, right] = [wordPairs(a.ticket), wordPairs(b.ticket)];
      const similarity = left.intersection(right).size / left.union(right).size;
      assert.ok(similarity <= 0.2, `${a.id} and ${b.id} share ${similarity}`);
    }
  });
});

function cell(cells: Readonly<Record<string, string>>, column: string): string {
  const value = cells[column];
  assert.ok(value !== undefined, `column ${column}`);
  return value;
}

function shareOf({ id, policy, reason, days, tier, note }: Case): number {
  const [, validity] = policy.match(/^Refund policy, (valid [^.]+)\./) ?? [];
  const policyTerms = terms[validity ?? ""];
  assert.ok(policyTerms, `${id} has an unknown policy`);
  const base = baseShare(policyTerms, reason, days ?? 0, note);
  return base === 0 || tier === "standard" ? base : Math.min(100, base + policyTerms.goldPoints);
}

function baseShare(
  { late, damaged, wrongItem, changedMind }: Terms,
  reason: string,
  days: number,
  note: string,
) {
  switch (reason) {
    case "late":
      return Math.min(late.cap, late.perDay * Math.max(0, days - late.free));
    case "damaged":
      return atDay(damaged, days);
    case "wrong_item":
      return atDay(wrongItem, days);
    case "changed_mind":
      return days > changedMind.limit ? 0 : changedMind[openedOrUnopened(note)];
    case "other":
      return 0;
    default:
      return assert.fail(`unknown reason ${reason}`);
  }
}

function atDay(steps: readonly (readonly [day: number, share: number])[], days: number): number {
  return steps.find(([day]) => days <= day)?.[1] ?? assert.fail(`no share at day ${days}`);
}

function openedOrUnopened(note: string): "opened" | "unopened" {
  const words = new Set(note.match(/\b(un)?opened\b/g));
  assert.equal(words.size, 1, `opened or unopened in the note: ${note}`);
  return words.has("opened") ? "opened" : "unopened";
}

function count(values: readonly string[]): Map<string, number> {
  return new Map([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]));
}

function wordPairs(ticket: string): Set<string> {
  const words = ticket.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.slice(1).map((word, i) => `${words[i]} ${word}`));
}
