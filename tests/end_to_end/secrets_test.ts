import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { type Behaviour, type ChatRequest, startChatServer } from "../servers/chat_server.ts";
import { type Ended, runEval, runFolders, temporaryFolder } from "./_command_line.ts";
import { answerNote, noteNumber, writeTask } from "./_made_up_task.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const KEY = 'sk-assay/7Qx+"9%2Ftest==';

/** Every way in which the key may be written. */
const FORMS = [KEY, encodeURIComponent(KEY), JSON.stringify(KEY).slice(1, -1), btoa(KEY)];

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* filesBelow(path);
    else yield path;
  }
}

/** Searches all that was written and printed for the key; resolves to the number of files. */
async function assertKeyIsNowhere(folder: string, ended: readonly Ended[]): Promise<number> {
  let files = 0;
  for await (const path of filesBelow(folder)) {
    files++;
    const bytes = Buffer.from(await Deno.readFile(path));
    for (const form of FORMS) assert(!bytes.includes(form), `${path} holds the key as ${form}`);
  }
  for (const { stdout, stderr } of ended) {
    for (const form of FORMS) assert(!`${stdout}${stderr}`.includes(form), `${form} was printed`);
  }
  return files;
}

/** Says the key back wherever a reply has room for it. */
function echo(request: ChatRequest): Behaviour {
  const said = String(request.headers.authorization);
  const quoted = JSON.stringify(said);
  switch (noteNumber(request) % 6) {
    case 0:
      return { kind: "echo_auth", status: 400 };
    case 1:
      return { kind: "reply", content: `You sent ${said}` };
    case 2:
      return { kind: "refusal", text: `I will not work for ${said}` };
    case 3:
      return { kind: "reply", content: `{"colour":"red","kilos":1,"owner":${quoted}}`, finishReason: said };
    case 4:
      return {
        kind: "status",
        status: 302,
        headers: { location: `http://127.0.0.1/?key=${encodeURIComponent(said)}` },
      };
    default:
      return { kind: "reply", content: `{"colour":${quoted}}` };
  }
}

Deno.test("deno task eval writes and prints the key nowhere when the endpoint says it back", async () => {
  let respond: (request: ChatRequest) => Behaviour = () => ({ kind: "echo_auth" });
  await using server = await startChatServer({ respond: (request) => respond(request) });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: server.baseUrl, apiKeyEnv: "NOTES_KEY" }],
    variants: "predict: predict(Notes, { corrections: 1 })",
  });
  const options = { cwd: folder.path, env: { NOTES_KEY: KEY } };

  const refused = await runEval([task], options);
  assert.equal(refused.code, 3, refused.stderr);
  assert.match(refused.stderr, /\[key\]/);
  respond = echo;
  const echoed = await runEval([task], options);
  const recorded = await runEval([task, "--record", "--format", "json"], options);
  const shown = await runEval([task, "--show-prompt"], options);
  respond = answerNote;
  const resumed = await runEval([task, "--resume", "--live"], options);
  assert.deepEqual([echoed, recorded, shown, resumed].map(({ code }) => code), [3, 3, 0, 3]);

  assert(server.requests().every(({ headers }) => headers.authorization === `Bearer ${KEY}`));
  for (const { text } of server.requests()) {
    assert(!text.includes(KEY), "no key in a body, corrections included");
  }
  const kept = await Array.fromAsync(
    await runFolders(folder.path),
    (run) => Deno.readTextFile(join(run, "journal.jsonl")),
  );
  assert(
    kept.some((journal) => journal.split("[key]").length > 12),
    "what was said back is kept, without the key",
  );
  const files = await assertKeyIsNowhere(folder.path, [refused, echoed, recorded, shown, resumed]);
  assert(files >= 10, `${files} files`);
});

Deno.test("deno task eval does not print a key that cannot be sent", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: server.baseUrl, apiKeyEnv: "NOTES_KEY" }],
  });
  const ended = await runEval([task], { cwd: folder.path, env: { NOTES_KEY: `${KEY}\n${KEY}` } });
  assert.equal(ended.code, 2);
  assert.match(ended.stderr, /NOTES_KEY/);
  await assertKeyIsNowhere(folder.path, [ended]);
  assert.equal(server.stats().total, 0);
});
