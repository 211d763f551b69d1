import type { CompareOptions } from "../../signature/mod.ts";
import { absence, presentOf } from "../absence.ts";
import { answersOf } from "../answers.ts";
import { assemble } from "../assemble.ts";
import { leadingValue } from "../leading_value.ts";
import { listMembers } from "../list_members.ts";
import { matchRows } from "../match_rows.ts";
import { tally } from "../tally.ts";
import type { AggregatedField, Aggregator, AggregatorOf, FieldVerdict } from "../types.ts";
import { checkMinShare, MIN_SHARE, noSamples } from "../verdict.ts";
import { voteKeys } from "../vote_keys.ts";
import { medoid } from "./medoid.ts";

/** Options of {@linkcode rows}. */
export interface RowsOptions {
  /** Gives the aggregator of a part by its comparator. */
  of: AggregatorOf;
  /** Aggregators of parts by their name, in place of those. @default {{}} */
  fields?: Readonly<Record<string, Aggregator>>;
  /** Least share of samples that agree on every row and part, for a stable value. @default {0.6} */
  minShare?: number;
}

/**
 * Objects part by part. An object gives one value for each of its fields. Of lists of objects, rows are
 * matched to those of the most central list by the field's comparator; a row that more than half of the
 * samples have is kept, and its parts are aggregated over the samples that have it. What is not compared is taken
 * from the most central sample.
 *
 * @example Usage
 * ```ts
 * import { defaultAggregator, rows } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const samples = [["a", 1], ["a", 2], ["b", 2]].map(([item, count]) => ({ status: "ok" as const, value: { item, count } }));
 * const verdict = rows({ of: defaultAggregator }).aggregate(samples, {
 *   name: "line",
 *   compare: { by: "objects", fields: { item: { by: "exact" }, count: { by: "number" } } },
 * });
 * assert(verdict.status === "ok");
 * assert.deepEqual(verdict.value, { item: "a", count: 2 });
 * ```
 */
export function rows(options: RowsOptions): Aggregator {
  const minShare = checkMinShare(options.minShare ?? MIN_SHARE);
  const { of, fields = {} } = options;
  return {
    name: "rows",
    describe: () => ({
      name: "rows",
      minShare,
      fields: Object.fromEntries(Object.entries(fields).map(([name, part]) => [name, part.describe()])),
    }),
    aggregate: (samples, field) => {
      const answers = answersOf(samples, field.name);
      if (answers.n === 0) return noSamples(answers);
      const values = answers.answers.map(({ value }) => value);
      const votes = tally(values, voteKeys(values, field.compare));
      const none = absence(answers, votes, { minShare });
      if (none) return none;
      const central = mostCentralFirst(presentOf(answers).map(({ value }) => value), field);
      const isList = Array.isArray(central[0]);
      const matched = isList ? matchRows(central.map(listMembers), field.compare) : [central];
      const kept = matched.filter((row) => 2 * row.length > central.length);
      const built = kept.map((row, place) =>
        buildRow(row, isList ? `${place}.` : "", field, (name, compare) => fields[name] ?? of(compare))
      );
      const agreeing = ({ length }: readonly unknown[]) => Math.max(length, central.length - length);
      return assemble(answers, {
        value: isList ? built.map(({ value }) => value) : built[0]?.value,
        parts: Object.assign({}, ...built.map(({ parts }) => parts)),
        shares: matched.map((row) => agreeing(row) / central.length),
        votes,
        tied: matched.some((row) => 2 * row.length === central.length),
      }, { minShare });
    },
  };
}

function mostCentralFirst(values: readonly unknown[], field: AggregatedField): readonly unknown[] {
  const { value } = {
    value: undefined,
    ...medoid().aggregate(values.map((value) => ({ status: "ok", value })), field),
  };
  return [value, ...values.toSpliced(values.indexOf(value), 1)];
}

interface BuiltRow {
  value: Readonly<Record<string, unknown>>;
  parts: Readonly<Record<string, FieldVerdict>>;
}

function buildRow(
  row: readonly unknown[],
  prefix: string,
  { name, compare }: AggregatedField,
  of: (name: string, compare: CompareOptions) => Aggregator,
): BuiltRow {
  const fields = compare.by === "objects" ? Object.entries(compare.fields) : [];
  const parts = fields.map(([part, by]): [string, FieldVerdict] => [
    part,
    of(part, by).aggregate(
      row.map((object) => ({ status: "ok", value: memberOf(object, part) })),
      { name: `${name}.${prefix}${part}`, compare: by },
    ),
  ]);
  return {
    value: {
      ...(row[0] as object),
      ...Object.fromEntries(parts.map(([part, found]) => [part, leadingValue(found)])),
    },
    parts: Object.fromEntries(parts.map(([part, found]) => [`${prefix}${part}`, found])),
  };
}

function memberOf(object: unknown, name: string): unknown {
  return typeof object === "object" && object !== null && Object.hasOwn(object, name)
    ? Reflect.get(object, name)
    : null;
}
