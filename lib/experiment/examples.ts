import type { Case } from "../dataset/mod.ts";
import { InputError } from "../io/mod.ts";
import { type Corpus, corpusOf, type ExampleChoice, leaksTo } from "../program/mod.ts";
import { likeness, nearDuplicates, scoredFields, type Signature } from "../signature/mod.ts";
import type { KeptFailure } from "./failures.ts";
import type { Task } from "./load_task.ts";

/**
 * The solved cases of a task, as programs ask for them: of one split, with or without the failures of earlier runs.
 * Each corpus is made once.
 *
 * @param measured The cases that are measured.
 * @throws InputError, when a corpus is asked for, that names the ids of a case to learn from and a measured one of
 * another split that are near-duplicates.
 */
export function examplesOf(task: Task, measured: readonly Case[]): (choice: ExampleChoice) => Corpus {
  const made = new Map<string, Corpus>();
  return (choice) => {
    const key = JSON.stringify([choice.from, choice.failures, choice.fields ?? null]);
    const known = made.get(key);
    if (known) return known;
    const corpus = makeCorpus(task, choice);
    checkTwins(corpus, task, measured);
    made.set(key, corpus);
    return corpus;
  };
}

function makeCorpus(
  { experiment, dataset, failures }: Task,
  { from, failures: wanted, fields }: ExampleChoice,
): Corpus {
  const cases = new Map(dataset.cases.map((entry) => [entry.id, entry]));
  return corpusOf({
    signature: experiment.signature,
    from: experiment.name,
    cases: dataset.cases.filter(({ split }) => split === from),
    ...(fields && { fields }),
    ...(wanted && { failures: failures.flatMap((entry) => joined(entry, cases, experiment.signature)) }),
  });
}

function joined(
  { case: id, run, mistake }: KeptFailure,
  cases: ReadonlyMap<string, Case>,
  signature: Signature,
) {
  const entry = cases.get(id);
  if (!entry || isRight(mistake, entry.expected, signature)) return [];
  const { input, expected, split, group, session, at } = entry;
  return [{
    id,
    from: run,
    input,
    expected,
    mistake,
    split,
    ...(group && { group }),
    ...(session && { session }),
    ...(at && { at }),
  }];
}

/** Whether a kept output is right by now, as the truth of its case was corrected. */
function isRight(
  output: Readonly<Record<string, unknown>>,
  truth: Readonly<Record<string, unknown>>,
  signature: Signature,
): boolean {
  return scoredFields(signature).every(({ name, compare }) =>
    likeness(output[name], truth[name], compare).score === 1
  );
}

/** A case to learn from and a measured one of another split that are alike: the split leaks. */
function checkTwins({ items, fields }: Corpus, { dataset }: Task, measured: readonly Case[]): void {
  const splits = new Map(dataset.cases.map(({ id, split }) => [id, split]));
  const textOf = (input: Readonly<Record<string, unknown>>) =>
    fields.map((name) => String(input[name] ?? "")).join("\n");
  const index = nearDuplicates(items.map(({ input }) => textOf(input)));
  for (const entry of measured) {
    for (const place of index.find(textOf(entry.input))) {
      const item = items[place];
      if (!item || splits.get(item.id) === entry.split) continue;
      const { id, input, split, state = {} } = entry;
      const why = leaksTo({ id, input, state, earlier: [] })({ id: item.id, input: item.input });
      if (!why) continue;
      throw new InputError(`The cases ${item.id} and ${id} are near-duplicates in different splits`, {
        where: dataset.path,
        found: `${item.id} of ${
          splits.get(item.id)
        }, from which is learnt, and ${id} of ${split}, which is measured`,
        expected: "no case that is measured among those that are learnt from",
        fix: "give both the same group and split, or remove one",
      });
    }
  }
}
