import { InputError, suggest } from "../io/mod.ts";
import type { Checks, Judge } from "../scoring/mod.ts";
import { type CompareOptions, scoredFields, type Signature } from "../signature/mod.ts";

/**
 * Refuses judges and checks that do not fit the signature of a task.
 *
 * @throws InputError for a field that declares a judge which the task does not hold or which judges something
 * else, a judge inside a list or an object, a judge that no field declares, and a check of an unknown field.
 */
export function checkJudges(
  signature: Signature,
  { judges, checks, where }: { judges: Readonly<Record<string, Judge>>; checks: Checks; where: string },
): void {
  const fields = scoredFields(signature);
  const declared = new Set<string>();
  for (const { name, compare } of fields) {
    const at = `${where}, field ${name}`;
    if (compare.by !== "judge") {
      if (!holdsJudge(compare)) continue;
      throw new InputError("A part of a value cannot have a judge", {
        where: at,
        fix: 'declare it on the whole field: compare(type, { by: "judge", judge: "…" })',
      });
    }
    declared.add(compare.judge);
    const judge = Object.hasOwn(judges, compare.judge) ? judges[compare.judge] : undefined;
    if (!judge) throw unheld(compare.judge, Object.keys(judges), at);
    if (judge.field === name && judge.task === signature.digest) continue;
    throw new InputError(`The judge "${compare.judge}" judges something else`, {
      where: at,
      found: judge.task === signature.digest ? `field ${judge.field}` : "a field of another signature",
      expected: `judge(${signature.name}, { field: "${name}", … })`,
    });
  }
  const idle = Object.keys(judges).find((name) => !declared.has(name));
  if (idle !== undefined) {
    throw new InputError("A judge that no field declares", {
      where: `${where}, judges`,
      found: idle,
      fix: `compare(type, { by: "judge", judge: "${idle}" }) in the signature, or leave the judge out`,
    });
  }
  const names = fields.map(({ name }) => name);
  const other = Object.keys(checks).find((name) => !names.includes(name));
  if (other === undefined) return;
  throw new InputError("A check of a field that is not scored", {
    where: `${where}, checks`,
    found: other,
    expected: `some of: ${names.join(", ")}`,
  });
}

function holdsJudge(compare: CompareOptions): boolean {
  return JSON.stringify(compare).includes('"by":"judge"');
}

function unheld(name: string, known: readonly string[], where: string): InputError {
  const near = suggest(name, known);
  return new InputError(`The task holds no judge "${name}"`, {
    where,
    found: known.length > 0 ? `judges: ${known.join(", ")}` : "no judge",
    fix: near ? `did you mean ${near}?` : `judges: { ${name}: judge(…) } in the experiment`,
  });
}
