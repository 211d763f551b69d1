import type { InferredField, InferredTable } from "../../dataset/mod.ts";
import type { Field } from "../../signature/mod.ts";

/** What a data sheet is made from. */
export interface DataSheetParts {
  name: string;
  table: InferredTable;
  /** Fields of the loaded signature, inputs first. */
  fields: readonly Field[];
  cases: number;
  /** Where the rows came from, in words. */
  origin: string;
}

/** The `README.md` of a new task: what is known is filled in, what only its author knows is asked for. */
export function dataSheet({ name, table, fields, cases, origin }: DataSheetParts): string {
  const inferred = [...table.inputs, ...table.outputs];
  const rows = fields.map((field) => {
    const column = inferred.find((candidate) => candidate.name === field.name);
    const role = table.inputs.some((input) => input.name === field.name) ? "input" : "truth";
    return `| \`${field.name}\` | ${role} | ${inline(field.type)} | ${from(column)} |`;
  });
  const grounded = table.outputs.flatMap(({ name, compare }) =>
    compare?.groundedIn === undefined ? [] : [`\`${name}\` must occur in \`${compare.groundedIn}\`.`]
  );
  return `# ${name}

*Say in two sentences what the task is and who needs it.*

## Data sheet

| | |
|---|---|
| What | ${cases} cases with ground truth, in \`cases.csv\` |
| Why | *what the task decides, and what its cases are meant to tell apart* |
| Origin | ${origin}; *who wrote or collected the cases, and when* |
| Personal data | *none, or what was removed and how* |
| Languages | *which* |
| Licence | *of the data* |

## Files

- \`task.ts\`: fields, variants and models
- \`prompts/${name}.md\`: the first prompt
- \`cases.csv\`: the cases

## Fields

| column | role | type | from |
|---|---|---|---|
| \`id\` | | text | ${table.id === undefined ? "numbered" : "the data"} |
${rows.join("\n")}
${table.meta.map((column) => `| \`${column}\` | | text | the data |`).join("\n")}

${grounded.join(" ")}

## Labelling rules

*One rule for each value on which two careful readers could differ.*

## Splits

A case without a \`split\` gets one by a hash of its group or id: about a quarter train, a quarter dev, a half test. Test
cases never train.

## Known limits

*Who labelled, how often two people agreed, what is missing.*
`;
}

function from(field: InferredField | undefined): string {
  return field === undefined || field.column === field.name
    ? "the data"
    : `the data, ${inline(field.column)}`;
}

/** Text of a table that can be nothing else in Markdown: one line, no marks, at most 100 characters. */
function inline(text: string): string {
  const line = text.replace(/[\p{C}\p{Z}]+/gu, " ").trim();
  const short = [...line].length > 100 ? `${[...line].slice(0, 100).join("")} …` : line;
  return short.replace(/[\\`*_{}[\]<>|#!~&$]/g, (mark) => `\\${mark}`);
}
