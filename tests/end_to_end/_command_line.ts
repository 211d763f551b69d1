import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How a command ended. */
export interface Ended {
  /** Exit code; 128 + signal when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Where and with what a command runs. */
export interface CommandOptions {
  /** Working folder: state goes to its `.assay`. */
  cwd: string;
  /** Added to this process's environment. */
  env?: Record<string, string>;
}

/** A command that runs. */
export interface RunningCommand {
  kill(signal: Deno.Signal): void;
  /** Resolves when a text stands on stderr; rejects when the command ends without it. */
  says(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Starts `deno task eval` with some arguments, in a folder of the caller's choice. */
export function startEval(args: readonly string[], { cwd, env = {} }: CommandOptions): RunningCommand {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "-A",
      "--config",
      join(ROOT, "deno.json"),
      join(ROOT, "scripts", "eval.ts"),
      ...args,
    ],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let stderr = "";
  let over = false;
  const waiting = new Set<() => void>();
  const drain = async () => {
    for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += part;
      for (const check of waiting) check();
    }
    over = true;
    for (const check of waiting) check();
  };
  const ended = (async (): Promise<Ended> => {
    const [stdout, , { code }] = await Promise.all([
      new Response(child.stdout).text(),
      drain(),
      child.status,
    ]);
    return { code, stdout, stderr };
  })();
  return {
    kill: (signal) => child.kill(signal),
    says: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (stderr.includes(text)) resolve();
          else if (over) {
            reject(new Error(`The command ended without saying ${JSON.stringify(text)}: ${stderr}`));
          } else return;
          waiting.delete(check);
        };
        waiting.add(check);
        check();
      }),
    ended,
  };
}

/** Runs `deno task eval` to its end. */
export function runEval(args: readonly string[], options: CommandOptions): Promise<Ended> {
  return startEval(args, options).ended;
}

/** The arguments of the command that a run printed for going on with it. */
export function resumeCommand({ stderr }: Pick<Ended, "stderr">): string[] {
  const command = /^Go on with: deno task eval (.+)$/m.exec(stderr)?.[1];
  if (command === undefined) throw new Error(`No command to go on with in: ${stderr}`);
  return (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ""));
}

/** A temporary folder that is removed at the end of its scope. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "assay-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Folders of the runs below a state folder, in no order. */
export async function runFolders(cwd: string): Promise<string[]> {
  const runs = join(cwd, ".assay", "runs");
  try {
    return await Array.fromAsync(Deno.readDir(runs), ({ name }) => join(runs, name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The folder of the only run below a state folder. */
export async function onlyRun(cwd: string): Promise<string> {
  const [folder, ...others] = await runFolders(cwd);
  if (folder === undefined || others.length > 0) {
    throw new Error(`Expected one run, found ${folder ? others.length + 1 : 0}`);
  }
  return folder;
}
