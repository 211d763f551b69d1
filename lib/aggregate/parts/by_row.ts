import { medoid } from "../aggregators/medoid.ts";
import { leadingValue } from "../leading_value.ts";
import type { AggregatedField, FieldVerdict } from "../types.ts";
import type { Built, PartAggregator } from "./built.ts";
import { listMembers } from "./list_members.ts";
import { matchRows } from "./match_rows.ts";

/**
 * Objects field by field. Of lists of objects, the rows that are the same are found first; a row that more
 * than half of the samples have is kept, and its fields are aggregated over the samples that have it. What is not
 * compared is taken from the most central sample that has the row.
 *
 * @param values Objects or lists of objects, at least one.
 */
export function byRow(values: readonly unknown[], field: AggregatedField, of: PartAggregator): Built {
  const central = mostCentralFirst(values, field);
  const isList = Array.isArray(central[0]);
  const found = isList ? matchRows(central.map(listMembers), field.compare) : [central];
  const rows = found.filter((row) => 2 * row.length > central.length)
    .map((row, place) => buildRow(row, isList ? `${place}.` : "", field, of));
  return {
    value: isList ? rows.map(({ value }) => value) : rows[0]?.value,
    parts: Object.fromEntries(rows.flatMap(({ parts }) => parts)),
    shares: found.map(({ length }) => Math.max(length, central.length - length) / central.length),
    tied: found.some(({ length }) => 2 * length === central.length),
  };
}

function mostCentralFirst(values: readonly unknown[], field: AggregatedField): readonly unknown[] {
  const value = leadingValue(medoid().aggregate(values.map((value) => ({ status: "ok", value })), field));
  return [value, ...values.toSpliced(values.indexOf(value), 1)];
}

interface BuiltRow {
  value: unknown;
  parts: readonly (readonly [path: string, verdict: FieldVerdict])[];
}

/** One object of those that are the same. */
function buildRow(
  row: readonly unknown[],
  prefix: string,
  { name, compare }: AggregatedField,
  of: PartAggregator,
): BuiltRow {
  const fields = compare.by === "objects" ? Object.entries(compare.fields) : [];
  const verdicts = fields.map(([part, by]) => {
    const samples = row.map((object) => ({ status: "ok" as const, value: memberOf(object, part) }));
    return [
      part,
      of(part, by).aggregate(samples, { name: `${name}.${prefix}${part}`, compare: by }),
    ] as const;
  });
  const members = Object.fromEntries(verdicts.map(([part, verdict]) => [part, leadingValue(verdict)]));
  return {
    value: { ...(row[0] as object), ...members },
    parts: verdicts.map(([part, verdict]) => [`${prefix}${part}`, verdict]),
  };
}

function memberOf(object: unknown, name: string): unknown {
  if (typeof object !== "object" || object === null || !Object.hasOwn(object, name)) return null;
  return Reflect.get(object, name);
}
