import { join } from "node:path";

/** What the task of the benchmark is made from. */
export interface BenchTask {
  /** Folder to write into. */
  folder: string;
  cases: number;
  baseUrl: string;
  concurrency: number;
}

/** Writes a task of many small cases on one model at a local server. */
export async function writeBenchTask({ folder, cases, baseUrl, concurrency }: BenchTask): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const rows = Array.from(
    { length: cases },
    (_, index) => `c${index},What is the capital of country number ${index}?,Paris,test`,
  );
  await Deno.writeTextFile(join(folder, "cases.csv"), `id,question,answer,split\n${rows.join("\n")}\n`);
  await Deno.writeTextFile(
    join(folder, "task.ts"),
    `import { experiment } from "@lib/experiment/mod.ts";
import { compatible } from "@lib/model/mod.ts";
import { predict } from "@lib/program/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import { z } from "zod";

const Capital = signature({
  name: "capital",
  instructions: "Name the capital of the country. Reply in English, with the usual short name of the city and nothing else.",
  input: { question: z.string() },
  output: { answer: z.string().describe("Name of the city") },
});

export default experiment({
  name: "bench",
  dataset: "./cases.csv",
  variants: { predict: predict(Capital) },
  models: [compatible("bench", { baseUrl: ${JSON.stringify(baseUrl)}, concurrency: ${concurrency} })],
});
`,
  );
}
