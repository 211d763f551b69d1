import assert from "node:assert/strict";
import { join } from "node:path";
import { type ChatRequest, startChatServer } from "../servers/chat_server.ts";
import { runEval, temporaryFolder } from "./_command_line.ts";
import { noteNumber, noteOf, repeatOf, truthOf, writeTask } from "./_made_up_task.ts";
import { runScript } from "./_run_script.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const CODE = `
const { note } = { note: z.string().describe("A note") };
const part = (name: string, output: z.ZodRawShape) => predict(
  signature({ name, instructions: "Read.", input: { note }, output }),
  { corrections: 0 },
);
const flow = workflow("flow", {
  signature: Notes,
  calls: {
    look: part("look", { colour: z.enum(["red", "green", "blue"]) }),
    weigh: part("weigh", { kilos: z.number(), owner: z.string().nullable() }),
  },
  body: async ({ note }, call) => {
    const { colour } = await call("look", { note }) as { colour: "red" };
    return { colour, ...await call("weigh", { note }) as { kilos: number; owner: string | null } };
  },
});
`;

/** The colour is right in every second sample and in every third one; all else is right. */
function answer(request: ChatRequest): string {
  const truth = { reasoning: "As the note says.", ...truthOf(noteNumber(request)) };
  const format = request.body.response_format;
  if (format?.type !== "json_schema" || format.json_schema.name !== "look") return JSON.stringify(truth);
  const rollout = repeatOf(request);
  const right = rollout % 2 === 1 || rollout % 3 === 2;
  return JSON.stringify({ ...truth, colour: right ? truth.colour : truth.colour === "red" ? "blue" : "red" });
}

/** Notes 1 to 4 are train cases, 5 to 16 dev, 17 to 20 test. */
function csv(): string {
  const rows = Array.from({ length: 20 }, (_, index) => {
    const n = index + 1;
    const { colour, kilos, owner } = truthOf(n);
    return `n${n},"${noteOf(n)}",${colour},${kilos},${owner ?? ""},${
      n < 5 ? "train" : n < 17 ? "dev" : "test"
    }`;
  });
  return `id,note,colour,kilos,owner,split\n${rows.join("\n")}\n`;
}

async function writeFlow(folder: string, baseUrl: string): Promise<string> {
  return await writeTask(join(folder, "notes"), {
    csv: csv(),
    models: [{ baseUrl, concurrency: 4 }],
    code: CODE,
    variants: "flow, plain: predict(Notes, { corrections: 0 })",
  });
}

Deno.test("deno task compile --optimizer calls names the call worth strengthening, and asks nothing again", async () => {
  await using server = await startChatServer({ answer });
  await using folder = await temporaryFolder();
  const task = await writeFlow(folder.path, server.baseUrl);
  const args = [task, "--variant", "flow", "--optimizer", "calls"];
  const first = await runScript("compile", args, { cwd: folder.path });
  assert.equal(first.code, 0, first.stderr);
  const line = "flow.with({ look: { strategy: (program) => selfConsistency(program, { samples: 5 }) } })";
  assert(first.stdout.includes(`In task.ts:\n  ${line}`), first.stdout);
  assert.match(
    first.stdout,
    /`look`: called 12 times; 0\/12 .* right; instability 0\.40 over 5 samples; first wrong in 12 of 12 errors/,
  );
  assert.match(first.stdout, /\d+ to \d+ requests, stored ones included/);
  const asked = server.requests().map(noteNumber);
  assert(asked.every((n) => n >= 5 && n < 17), "neither train nor test cases are asked");
  assert.equal(
    new Set(server.requests().map(({ text }) => text)).size,
    asked.length,
    "no request is sent twice",
  );

  const again = await runScript("compile", [...args, "--format", "json"], { cwd: folder.path });
  assert.equal(again.code, 0, again.stderr);
  const { report, artifact } = JSON.parse(again.stdout);
  assert.equal(artifact, null);
  assert.equal(report.recommended.code, line);
  assert.equal(server.stats().total, asked.length, "every reply was kept");
  await assert.rejects(Deno.stat(join(task, "compiled")), Deno.errors.NotFound);
});

Deno.test("deno task compile --optimizer calls refuses a variant without named calls, with exit code 2", async () => {
  await using server = await startChatServer({ answer });
  await using folder = await temporaryFolder();
  const task = await writeFlow(folder.path, server.baseUrl);
  const args = [task, "--variant", "plain", "--optimizer", "calls"];
  const { code, stderr } = await runScript("compile", args, { cwd: folder.path });
  assert.equal(code, 2);
  assert.match(stderr, /no workflow of named calls/);
  assert.equal(server.stats().total, 0);
});

Deno.test("deno task eval --calls prints the named calls, and says when there are none; json always holds them", async () => {
  await using server = await startChatServer({ answer });
  await using folder = await temporaryFolder();
  const task = await writeFlow(folder.path, server.baseUrl);
  const args = [task, "--split", "test", "--variants"];
  const flow = await runEval([...args, "flow", "--calls"], { cwd: folder.path });
  assert.equal(flow.code, 0, flow.stderr);
  assert.match(flow.stdout, /^look +flow .* 4 +ok 4 +0\.0% +\[0\.0, 49\.0\] +0\/4 +4\/4 +not sampled/m);
  assert.match(flow.stdout, /^weigh +flow .* 4 +ok 4 +100\.0% +\[51\.0, 100\.0\] +4\/4 +0\/4 +not sampled/m);
  const plain = await runEval([...args, "plain", "--calls"], { cwd: folder.path });
  assert.match(plain.stdout, /No cell is a workflow of named calls\./);
  const json = await runEval([...args, "flow", "--format", "json"], { cwd: folder.path });
  const [cell] = JSON.parse(json.stdout).summary.cells;
  assert.deepEqual(cell.named.calls.map(({ name }: { name: string }) => name), ["look", "weigh"]);
  assert.deepEqual(cell.named.errors, { total: 4, noneOfItsOwn: 0, unknown: 0 });
});
