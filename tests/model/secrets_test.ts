import { createEndpoints, openCache, openModel, openRecorder, readRecordings } from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Behaviour, startChatServer } from "../servers/chat_server.ts";
import { ask, serve } from "./_served_model.ts";

/** All folders of these tests, removed when they end. */
const ROOT = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(ROOT, { recursive: true }));

Deno.test.sanitizer({ ops: true, resources: true });

const KEY = "sk-live+Ab/9=\"\\&<0123456789'";
const IN_URL = encodeURIComponent(KEY);
const FORMS = [
  KEY,
  IN_URL,
  IN_URL.replace(/%../g, (code) => code.toLowerCase()),
  JSON.stringify(KEY).slice(1, -1),
  "Ab/9",
  "0123456789",
];

const reply = (content: string, more: Record<string, unknown> = {}): Behaviour => ({
  kind: "status",
  status: 200,
  body: { choices: [{ message: { content }, finish_reason: "stop" }], ...more },
});
const refuse = (message: string): Behaviour => ({
  kind: "status",
  status: 400,
  body: { error: { message } },
});

/** Everything that a call holds, as it would be kept. */
async function kept(behaviour: Behaviour, key = KEY): Promise<string> {
  await using server = await startChatServer({ respond: () => behaviour });
  await using served = serve(server, { spec: { apiKeyEnv: "K" }, env: () => key });
  const call = await served.model.generate(ask());
  assert.equal(server.requests()[0]?.headers.authorization, `Bearer ${key}`);
  return JSON.stringify(call);
}

const ECHOES: readonly (readonly [string, Behaviour])[] = [
  ["401 that repeats the Authorization header", { kind: "echo_auth" }],
  ["400 that repeats the Authorization header", { kind: "echo_auth", status: 400 }],
  ["message with the key as a URL writes it", refuse(`no access to https://h/?key=${IN_URL}`)],
  [
    "message with the key as a URL writes it in lower case",
    refuse(`no access to https://h/?key=${IN_URL.replace(/%../g, (code) => code.toLowerCase())}`),
  ],
  ["message that is an object", {
    kind: "status",
    status: 400,
    body: { error: { message: { authorization: `Bearer ${KEY}` } } },
  }],
  ["error without a message", { kind: "status", status: 400, body: { error: { key: KEY } } }],
  ["error page", { kind: "status", status: 403, contentType: "text/html", body: `<p>${KEY}</p>` }],
  ["content type of a reply", {
    kind: "status",
    status: 200,
    contentType: `text/plain; key=${KEY}`,
    body: "x",
  }],
  ["header of an error", {
    kind: "status",
    status: 500,
    headers: { "retry-after": KEY, "x-request-id": KEY, "www-authenticate": KEY },
  }],
  ["redirect", { kind: "status", status: 307, headers: { location: `http://h/?key=${IN_URL}` } }],
  ["text of a reply", reply(`your key is ${KEY}, or ${IN_URL}`)],
  ["refusal", {
    kind: "status",
    status: 200,
    body: { choices: [{ message: { content: null, refusal: `not with ${KEY}` }, finish_reason: "stop" }] },
  }],
  ["finish reason", {
    kind: "status",
    status: 200,
    body: { choices: [{ message: { content: "x" }, finish_reason: KEY }] },
  }],
  ["name of the model that served", reply("x", { model: `m for ${KEY}`, system_fingerprint: KEY })],
];

for (const [where, behaviour] of ECHOES) {
  Deno.test(`generate() keeps the key out of its call when the endpoint sends it in a ${where}`, async () => {
    const text = await kept(behaviour);
    for (const form of FORMS) assert(!text.includes(form), `${form} in ${text}`);
  });
}

Deno.test("generate() leaves no piece of the key where it shortens a long message", async () => {
  for (let length = 280; length <= 300; length += 2) {
    const text = await kept(refuse(`${"x".repeat(length)} ${KEY}`));
    assert(!text.includes("sk-"), text);
  }
});

Deno.test("generate() says that a key stood where it was cut out", async () => {
  assert.match(await kept({ kind: "echo_auth" }), /Incorrect API key provided: Bearer \[key\]/);
});

Deno.test("generate() does not damage a reply with a placeholder in place of a key", async () => {
  for (const placeholder of ["x", "none", "test", "EMPTY"]) {
    const content = `next test: ${placeholder}, none EMPTY`;
    const call = JSON.parse(await kept(reply(content), placeholder));
    assert.equal(call.result.reply.text, content);
  }
});

Deno.test("generate() keeps the key out of cache and recordings", async () => {
  const folder = await Deno.makeTempDir({ dir: ROOT });
  await using server = await startChatServer({
    respond: (_request, n) => n <= 2 ? reply(`your key is ${KEY}`) : { kind: "echo_auth" },
  });
  const { spec } = serve(server, { spec: { apiKeyEnv: "K" } });
  const endpoints = createEndpoints({ env: () => KEY });
  const cache = openCache(join(folder, "cache.sqlite"));
  const header = { format: "assay-recordings/1", model: spec.name, server: "s", recordedAt: "d" } as const;
  const recordings = await openRecorder(
    join(folder, "m.jsonl"),
    header,
    await readRecordings(folder, assert.fail),
  );
  await openModel(spec, { mode: "auto", cache, endpoints }).generate(ask());
  await openModel(spec, { mode: "record", recordings, endpoints }).generate(ask());
  await openModel(spec, { mode: "record", recordings, endpoints }).generate(ask({ rollout: 1 }));
  assert.equal(server.stats().total, 3);
  await Promise.all([cache.close(), recordings.close(), endpoints.close()]);
  for await (const { name } of Deno.readDir(folder)) {
    const text = new TextDecoder("latin1").decode(await Deno.readFile(join(folder, name)));
    for (const form of [...FORMS, JSON.stringify(JSON.stringify(KEY)).slice(3, -3)]) {
      assert(!text.includes(form));
    }
  }
  assert.match(await Deno.readTextFile(join(folder, "m.jsonl")), /your key is \[key\]/);
});

for (
  const [what, key] of [["a line end", "sk-01234\n56789"], [
    "a letter beyond ASCII",
    "sk-0123456789é",
  ]] as const
) {
  Deno.test(`generate() rejects a key with ${what} before any request, and does not show it`, async () => {
    await using server = await startChatServer();
    await using served = serve(server, { spec: { apiKeyEnv: "SOME_KEY" }, env: () => key });
    await assert.rejects(served.model.generate(ask()), (error: Error) => {
      assert.equal(error.name, "InputError");
      assert.match(error.message, /environment variable SOME_KEY/);
      assert(!error.message.includes("6789"));
      return true;
    });
    assert.equal(server.stats().connections, 0);
  });
}

Deno.test("generate() rejects a missing or blank key with the name of its variable, before any request", async () => {
  await using server = await startChatServer();
  for (const value of [undefined, "", "  \n"]) {
    await using served = serve(server, { spec: { apiKeyEnv: "SOME_KEY" }, env: () => value });
    await assert.rejects(served.model.generate(ask()), {
      name: "InputError",
      message: /Missing key.*environment variable SOME_KEY.*export SOME_KEY=/s,
    });
  }
  assert.equal(server.stats().connections, 0);
});

Deno.test("generate() takes the key without the blanks round it", async () => {
  await using server = await startChatServer();
  await using served = serve(server, { spec: { apiKeyEnv: "K" }, env: () => " sk-0123456789\n" });
  await served.model.generate(ask());
  assert.equal(server.requests()[0]?.headers.authorization, "Bearer sk-0123456789");
});

Deno.test("generate() uses each model's own key at a shared endpoint", async () => {
  await using server = await startChatServer();
  const endpoints = createEndpoints({ env: (name) => `key-of-${name}` });
  const specs = ["A", "B"].map((apiKeyEnv) => serve(server, { spec: { apiKeyEnv } }).spec);
  for (const spec of specs) await openModel(spec, { mode: "live", endpoints }).generate(ask());
  await endpoints.close();
  const sent = server.requests().map(({ headers }) => headers.authorization);
  assert.deepEqual(sent, ["Bearer key-of-A", "Bearer key-of-B"]);
});
