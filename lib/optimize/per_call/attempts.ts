import { digest, InputError } from "../../io/mod.ts";
import type { Calls, Program, Workflow } from "../../program/mod.ts";
import type { WorkflowMeasure } from "./measure.ts";
import type { TriedStrengthening } from "./report.ts";
import type { Strengthening } from "./strengthening.ts";

/** A workflow whose calls are known at run time alone. */
export type NamedWorkflow = Workflow<Record<string, unknown>, Record<string, unknown>, Calls>;

/** A workflow with one strengthening on some of its calls. */
export interface Attempt extends Pick<TriedStrengthening, "strengthening" | "calls" | "everywhere" | "code"> {
  program: Program;
}

/**
 * The program as the workflow that it is.
 *
 * @throws InputError when it is none.
 */
export function workflowOf(program: Program): NamedWorkflow {
  if ("programs" in program && "with" in program) return program as NamedWorkflow;
  throw new InputError("The program is no workflow of named calls", {
    where: "--variant",
    found: program.name,
    expected: "a workflow as it is: what is put round one hides its calls",
  });
}

/** Each strengthening on each call that it changes and, where those are several, on all of them at once. */
export function attemptsOf(workflow: NamedWorkflow, strengthenings: readonly Strengthening[]) {
  const asItIs = digest(workflow.describe());
  const found = strengthenings.map((one) => {
    const attempt = (calls: readonly string[], everywhere: boolean): Attempt => ({
      strengthening: one.name,
      calls,
      everywhere,
      code: codeOf(workflow, calls, one),
      program: workflow.with(Object.fromEntries(calls.map((name) => [name, one.assign]))),
    });
    const single = workflow.calls.map((name) => attempt([name], workflow.calls.length === 1));
    const applicable = single.filter(({ program }) => digest(program.describe()) !== asItIs);
    const names = applicable.flatMap(({ calls }) => calls);
    const left = workflow.calls.filter((name) => !names.includes(name));
    return {
      attempts: names.length > 1 ? [...applicable, attempt(names, left.length === 0)] : applicable,
      inapplicable: left.length > 0 ? [{ strengthening: one.name, calls: left }] : [],
    };
  });
  return {
    attempts: found.flatMap(({ attempts }) => attempts),
    inapplicable: found.flatMap(({ inapplicable }) => inapplicable),
  };
}

/** Those on calls that many errors begin with come first, then those on unstable calls: a limit may end the search. */
export function byPromise(attempts: readonly Attempt[], { calls }: WorkflowMeasure): Attempt[] {
  const promise = ({ calls: names }: Attempt) => {
    const [one, ...others] = calls.filter(({ name }) => names.includes(name));
    return one && others.length === 0
      ? { errors: one.firstWrong, instability: one.instability ?? 0 }
      : { errors: -1, instability: 0 };
  };
  return attempts.map((attempt) => ({ attempt, ...promise(attempt) }))
    .sort((a, b) => b.errors - a.errors || b.instability - a.instability)
    .map(({ attempt }) => attempt);
}

/** What it is called in notes and comparisons. */
export function nameOf({ strengthening, calls }: Pick<Attempt, "strengthening" | "calls">): string {
  return `${strengthening} on ${calls.join(", ")}`;
}

function codeOf(workflow: NamedWorkflow, calls: readonly string[], { code }: Strengthening): string {
  const entries = calls.map((name) =>
    `${/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)}: { ${code} }`
  );
  return `${workflow.name}.with({ ${entries.join(", ")} })`;
}
