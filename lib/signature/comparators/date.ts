import type { Comparator } from "./comparator.ts";
import { plainText } from "./plain_text.ts";

/** Options of the comparator `date`. */
export interface DateOptions {
  /** Largest difference that counts as the same, in days. @default {0} */
  days?: number;
}

/** Same calendar day, read from ISO 8601 (`2026-03-01`, with or without a time, in its own zone). */
export const date: Comparator<DateOptions> = {
  canonical: (value) => isoDay(value) ?? plainText(value),
  likeness: (predicted, expected, { days = 0 }) => {
    const [x, y] = [isoDay(predicted), isoDay(expected)];
    if (x === undefined || y === undefined) {
      return { score: plainText(predicted) === plainText(expected) ? 1 : 0 };
    }
    return { score: Math.abs(Date.parse(x) - Date.parse(y)) <= days * 86_400_000 ? 1 : 0 };
  },
};

function isoDay(value: unknown): string | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$/.exec(plainText(value).trim());
  if (!match) return undefined;
  const day = `${match[1]}-${match[2]}-${match[3]}`;
  const parsed = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== day ? undefined : day;
}
