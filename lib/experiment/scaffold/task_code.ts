import type { InferredField, InferredType } from "../../dataset/mod.ts";
import { literal } from "./literal.ts";

/** What the files of a new task are made from. */
export interface TaskParts {
  /** Name of the task: letters, digits, `_` and `-`. */
  name: string;
  inputs: readonly InferredField[];
  outputs: readonly InferredField[];
}

/** Local model that a new task starts with: the smallest one that follows instructions. */
export const FIRST_MODEL = "qwen2.5-coder-0.5b";

/**
 * The `task.ts` of a new task, not yet formatted. Every text of a table goes through {@linkcode literal}, so
 * that no column name or cell can become code.
 */
export function taskCode({ name, inputs, outputs }: TaskParts): string {
  const compares = outputs.some((field) => field.compare);
  const constant = exportName(name);
  return `import { experiment } from "@lib/experiment/mod.ts";
import { local } from "@lib/model/mod.ts";
import { chainOfThought, predict } from "@lib/program/mod.ts";
import { promptFile } from "@lib/prompt/mod.ts";
import { ${compares ? "compare, " : ""}signature } from "@lib/signature/mod.ts";
import { z } from "zod";

/** Inputs and outputs of the task. The description of an output is part of the prompt. */
export const ${constant} = signature({
  name: ${literal(name)},
  instructions: promptFile(${literal(`./prompts/${name}.md`)}, import.meta.url),
  input: {
${inputs.map(fieldCode).join("\n")}
  },
  output: {
${outputs.map(fieldCode).join("\n")}
  },
});

export default experiment({
  name: ${literal(name)},
  dataset: "./cases.csv",
  variants: {
    predict: predict(${constant}),
    cot: chainOfThought(${constant}),
  },
  models: [local(${literal(FIRST_MODEL)})],
});
`;
}

function fieldCode(field: InferredField): string {
  const type = `${typeCode(field.type)}${field.nullable ? ".nullable()" : ""}`;
  const compared = field.compare ? `compare(${type}, ${compareCode(field.compare)})` : type;
  return `    ${field.name}: ${compared}.describe(${literal(describe(field))}),`;
}

function typeCode(type: InferredType): string {
  switch (type.kind) {
    case "text":
    case "numeral":
      return "z.string()";
    case "enum":
      return `z.enum([${type.labels.map(literal).join(", ")}])`;
    case "number":
      return type.whole ? "z.number().int()" : "z.number()";
    case "boolean":
      return "z.boolean()";
    case "date":
      return "z.iso.date()";
  }
}

function compareCode({ by, groundedIn }: NonNullable<InferredField["compare"]>): string {
  return `{ by: ${literal(by)}${groundedIn === undefined ? "" : `, groundedIn: ${literal(groundedIn)}`} }`;
}

/** Words of a column's name as a first description: `order_id` gives `Order id`. */
function describe({ column }: InferredField): string {
  const words = column.replace(/[\p{C}\p{Z}_]+/gu, " ").replace(/(\p{Ll})(?=\p{Lu})/gu, "$1 ").trim().slice(
    0,
    100,
  );
  const [first = ""] = words;
  return first.toUpperCase() + words.slice(first.length);
}

/** `refund_share` gives `RefundShare`; names that JavaScript itself has get `Task` after them. */
function exportName(name: string): string {
  const words = name.split(/[_-]+/).map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
  const valid = /^\d/.test(words) ? `Task${words}` : words;
  return valid in globalThis ? `${valid}Task` : valid;
}
