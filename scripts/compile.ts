import {
  type Compilation,
  type CompileEvent,
  compileTask,
  loadTask,
  type Task,
} from "../lib/experiment/mod.ts";
import { plain } from "../lib/report/mod.ts";
import { EXIT, listenForInterruption, runCommand } from "./_cli.ts";
import { type Flags, program } from "./_compile/flags.ts";
import { defaultOut, keepArtifact, taskLine } from "./_compile/keep_artifact.ts";
import { checkFlags, optionsOf } from "./_compile/read_flags.ts";
import { headerOf, resultText } from "./_compile/text.ts";
import { defaultTask } from "./_default_task.ts";
import { Progress } from "./_progress.ts";

await runCommand(program, async () => {
  const flags = program.opts<Flags>();
  checkFlags(flags);
  return await run(await loadTask(program.args[0] ?? await defaultTask("compile")), flags);
});

async function run(task: Task, flags: Flags): Promise<number> {
  const interruption = listenForInterruption();
  const options = optionsOf(flags, task);
  const say = flags.format === "text" ? console.log : console.error;
  let progress = new Progress();
  const onEvent = (event: CompileEvent) => {
    if (event.type === "planned") say(headerOf(event, options.optimizer.name, options.seed ?? 1));
    if (event.type === "case") {
      const { run: { score, cost }, done, total } = event;
      return progress.step(done, total, { failed: score.category !== "correct", usd: cost.usd ?? 0 });
    }
    progress.end();
    progress = new Progress();
    if (event.type === "warning") console.error(`warning: ${event.text}`);
    if (event.type === "phase") console.error(`${event.text}: ${event.cases} cases`);
    if (event.type === "note") console.error(plain(event.text));
    if (event.type === "trial") {
      const { trial: { candidate, right, runs } } = event;
      console.error(`${candidate.name}: ${right} of ${runs.length} right`);
    }
  };
  let compilation: Compilation;
  try {
    compilation = await compileTask(task, { ...options, signal: interruption.signal, onEvent });
  } catch (error) {
    progress.end();
    const code = interruption.code();
    if (code === undefined) throw error;
    console.error("Interrupted. The same command goes on from the replies that were kept.");
    return code;
  }
  progress.end();
  return await finish(task, flags, compilation);
}

async function finish(task: Task, flags: Flags, compilation: Compilation): Promise<number> {
  const { optimized: { status, optimizer, verdict, report }, artifact } = compilation;
  const code = status === "budget" ? EXIT.budget : status === "errors" ? EXIT.infrastructure : EXIT.done;
  const out = artifact && (flags.out ?? defaultOut(task, artifact.variant, optimizer.name, artifact.model));
  const written = artifact && out !== undefined && await keepArtifact(out, artifact);
  if (flags.format === "json") {
    console.log(
      JSON.stringify(
        {
          exitCode: code,
          status,
          verdict,
          out: out ?? null,
          artifact: artifact ?? null,
          ...(report && { report: report.data }),
        },
        null,
        2,
      ),
    );
  } else console.log(resultText(compilation));
  if (status === "budget") {
    console.error(
      "A limit was reached. With a higher one the same command goes on from the replies that were kept.",
    );
  }
  if (!artifact && report && status !== "errors") return code; // it was to find something out, not to make a file
  if (!artifact || out === undefined) {
    console.error(
      status === "errors"
        ? "error: too many cases failed by infrastructure, not by the model; no artifact was written"
        : "error: the limit ended it before anything was measured; no artifact was written",
    );
    return code;
  }
  if (flags.format === "text") {
    console.log(
      `${
        written ? "Written" : "Unchanged"
      }: ${out}\n\nA variant of it, in task.ts (${artifact.variant} stands for the program ` +
        `of that variant):\n  ${taskLine(out, artifact, task)}`,
    );
  }
  return code;
}
