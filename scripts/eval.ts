import { join } from "node:path";
import { coverageReport } from "../lib/dataset/mod.ts";
import {
  accuracyGate,
  againstBaseline,
  allCalls,
  evaluate,
  type Evaluation,
  FAILURES,
  firstRequests,
  keepFailures,
  loadTask,
  planRun,
  type RunEvent,
  sampledNumbers,
  type Task,
  usedExamples,
} from "../lib/experiment/mod.ts";
import { InputError } from "../lib/io/mod.ts";
import { plain } from "../lib/report/mod.ts";
import { codeCommit, EXIT, listenForInterruption, runCommand } from "./_cli.ts";
import { defaultTask } from "./_default_task.ts";
import { exitCodeOf } from "./_eval/exit_code.ts";
import { type Flags, program } from "./_eval/flags.ts";
import { checkFlags, dollars, integer, modeOf, selectionOf, share } from "./_eval/read_flags.ts";
import { resumeCommand } from "./_eval/resume_command.ts";
import { headerOf, promptText, resultText } from "./_eval/text.ts";
import { Progress } from "./_progress.ts";

await runCommand(program, async () => {
  const flags = program.opts<Flags>();
  checkFlags(flags);
  const name = program.args[0] ?? await defaultTask("eval");
  const task = await loadTask(name);
  if (flags.coverage) return printCoverage(task);
  if (flags.showPrompt) return await printPrompts(task, flags);
  return await run(name, task, flags);
});

async function run(name: string, task: Task, flags: Flags): Promise<number> {
  const text = flags.format === "text";
  const interruption = listenForInterruption();
  const progress = new Progress();
  let runId: string | undefined;
  const mode = modeOf(flags);
  const onEvent = (event: RunEvent) => {
    if (event.type === "warning") console.error(`warning: ${event.text}`);
    if (event.type === "planned") {
      runId = event.manifest.id;
      (text ? console.log : console.error)(headerOf(event));
    }
    if (event.type === "observation") {
      const { observation, done, total } = event;
      const usd = allCalls(observation).reduce(
        (sum, call) => sum + (call.source === "live" ? call.costUsd ?? 0 : 0),
        0,
      );
      progress.step(done, total, { failed: observation.score.category !== "correct", usd });
    }
  };
  let evaluation: Evaluation;
  try {
    evaluation = await evaluate(task, {
      ...selectionOf(flags),
      signal: interruption.signal,
      onEvent,
      ...(mode && { mode }),
      ...(flags.baseline !== undefined && { baseline: flags.baseline }),
      ...(flags.resume !== undefined && { resume: flags.resume }),
      ...(flags.concurrency !== undefined && { concurrency: integer(flags.concurrency, "--concurrency") }),
      ...(flags.budgetUsd !== undefined && { budgetUsd: dollars(flags.budgetUsd) }),
      codeCommit: codeCommit(),
    });
  } catch (error) {
    progress.end();
    const code = interruption.code();
    if (code !== undefined && runId === undefined) return code; // interrupted before the run began
    if (!(error instanceof InputError) || runId === undefined) throw error;
    console.error(`error: ${error.message}`); // e.g. a full disk: what was written before is intact
    console.error(`Go on with: ${resumeCommand(name, flags, { status: "interrupted", id: runId })}`);
    return EXIT.input;
  }
  progress.end();
  const gate = flags.gate === undefined
    ? undefined
    : accuracyGate(evaluation.summary.cells, share(flags.gate));
  const baseline = flags.baseline === undefined
    ? undefined
    : await againstBaseline(evaluation.folder, flags.baseline);
  const examples = flags.examples ? await usedExamples(evaluation.folder, task) : undefined;
  const spread = flags.spread ? await sampledNumbers(evaluation.folder) : undefined;
  const { code, reason } = exitCodeOf(evaluation, gate, interruption.code());
  const json = {
    exitCode: code,
    ...evaluation,
    ...(gate && { gate }),
    ...(baseline && { baseline }),
    ...(examples && { examples }),
    ...(spread && { spread }),
  };
  console.log(
    text
      ? resultText(evaluation, {
        gate,
        baseline,
        fields: flags.fields === true,
        calls: flags.calls === true,
        examples,
        showExamples: flags.examples === true,
        spread,
      })
      : JSON.stringify(json, null, 2),
  );
  if (reason) console.error(`error: ${reason}`);
  for (const { endpoint, model, fault } of evaluation.stopped) {
    console.error(
      `error: endpoint ${endpoint} refused ${model} for good: ${
        plain(fault.message)
      }; its cells were stopped`,
    );
  }
  if (flags.keepFailures) await printKept(evaluation.folder, task);
  if (evaluation.status !== "complete") {
    const { status, summary: { manifest: { id } } } = evaluation;
    console.error(`Go on with: ${resumeCommand(name, flags, { status, id })}`);
  }
  return code;
}

async function printKept(runFolder: string, { folder, dataset }: Task): Promise<void> {
  const { kept, added, ofTestCases } = await keepFailures(runFolder, folder, dataset);
  const left = ofTestCases > 0
    ? `; ${ofTestCases} of test cases not taken, as nothing may learn from them`
    : "";
  console.error(`${kept} failures in ${join(folder, FAILURES)}, ${added} of them new${left}`);
}

function printCoverage(task: Task): number {
  console.log(JSON.stringify(coverageReport(task.dataset, task.experiment.signature), null, 2));
  return EXIT.done;
}

async function printPrompts(task: Task, flags: Flags): Promise<number> {
  const requests = await firstRequests(planRun(task, selectionOf(flags)), flags.case);
  console.log(flags.format === "json" ? JSON.stringify(requests, null, 2) : promptText(requests));
  return EXIT.done;
}
