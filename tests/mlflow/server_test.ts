import { InputError } from "@lib/io/mod.ts";
import { launchMlflow, type LaunchSpec } from "@lib/mlflow/launch.ts";
import { findMlflow, stopMlflow } from "@lib/mlflow/mod.ts";
import { processIdentity } from "@lib/model/local/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const ignore = Deno.build.os === "windows"; // the stand-ins below are shell scripts

/** A command in place of `mlflow`, and a state folder. */
async function standIn(script: string): Promise<LaunchSpec & { root: string }> {
  const root = await Deno.makeTempDir({ prefix: "assay state " });
  const command = join(root, "mlflow.sh");
  await Deno.writeTextFile(command, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { command, server: "mlflow==0", root, timeoutMs: 60_000 };
}

async function hasEnded(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200 && await processIdentity(pid) !== undefined; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return await processIdentity(pid) === undefined;
}

/** Takes a port, unless another program has it. */
function take(port: number): Deno.Listener | undefined {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port });
  } catch {
    return undefined;
  }
}

/** Answers as MLflow does; its port comes after `--port`. */
const HEALTHY = `const port = Number(Deno.args[Deno.args.indexOf("--port") + 1]);
Deno.serve({ hostname: "127.0.0.1", port }, () => new Response("OK"));`;

Deno.test({
  name: "stopMlflow() ends every process of a server, which has a free port where 5000 is taken",
  ignore,
}, async () => {
  const spec = await standIn(`echo "$@" > args
sleep 600 & echo $! > child
exec "${Deno.execPath()}" run -A "$(dirname "$0")/healthy.ts" "$@"`);
  const { root } = spec;
  await Deno.writeTextFile(join(root, "healthy.ts"), HEALTHY);
  const taken = take(5000);
  try {
    const server = await launchMlflow(spec);
    assert.notEqual(server.port, 5000);
    const folder = join(root, "mlflow");
    assert.deepEqual(await findMlflow({ root }), server);
    assert.match(
      await Deno.readTextFile(join(folder, "args")),
      /^server --backend-store-uri sqlite:\/{3}\/.*mlflow\.db --artifacts-destination .*artifacts --host 127\.0\.0\.1 --port \d+ --workers 1\n$/,
    );
    const child = Number(await Deno.readTextFile(join(folder, "child")));
    assert.notEqual(await processIdentity(child), undefined);
    assert.equal(await stopMlflow({ root }), true);
    assert.deepEqual([await hasEnded(server.pid), await hasEnded(child)], [true, true]);
    assert.equal(await findMlflow({ root }), undefined);
  } finally {
    taken?.close();
    await stopMlflow({ root });
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test({ name: "launchMlflow() shows the log of a server that ends at its start", ignore }, async () => {
  const spec = await standIn(`echo "cannot open the database" >&2; exit 3`);
  await assert.rejects(launchMlflow(spec), (error) => {
    assert(error instanceof InputError);
    assert.match(error.message, /did not start: exit code 3[^]*server\.log[^]*cannot open the database/);
    return true;
  });
  assert.equal(await stopMlflow(spec), false);
  await Deno.remove(spec.root, { recursive: true });
});

for (const how of ["stays deaf", "is broken off"] as const) {
  Deno.test({ name: `launchMlflow() leaves no process behind when it ${how}`, ignore }, async () => {
    const spec = await standIn(`sleep 600 & echo $! > child; echo $$ > leader; wait`);
    const options = how === "stays deaf" ? { timeoutMs: 2000 } : { signal: AbortSignal.timeout(2000) };
    await assert.rejects(launchMlflow({ ...spec, ...options }));
    for (const name of ["child", "leader"]) {
      assert(await hasEnded(Number(await Deno.readTextFile(join(spec.root, "mlflow", name)))));
    }
    assert.equal(await stopMlflow(spec), false);
    await Deno.remove(spec.root, { recursive: true });
  });
}

Deno.test("launchMlflow() refuses a port that is taken, before it starts anything", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const spec = { ...await standIn("exit 1"), port: taken.addr.port };
  await assert.rejects(launchMlflow(spec), /Cannot listen on this port[^]*another program uses/);
  await Deno.remove(spec.root, { recursive: true });
});

Deno.test("stopMlflow() never ends a foreign process that has the pid by now", async () => {
  const { root } = await standIn("");
  const args = ["eval", "setTimeout(() => {}, 60_000)"];
  const foreign = new Deno.Command(Deno.execPath(), { args }).spawn();
  try {
    await Deno.mkdir(join(root, "mlflow"));
    const stale = { uri: "http://127.0.0.1:1", port: 1, pid: foreign.pid, process: "another boot 1" };
    await Deno.writeTextFile(join(root, "mlflow", "server.json"), JSON.stringify(stale));
    assert.equal(await findMlflow({ root }), undefined);
    assert.equal(await stopMlflow({ root }), false);
    assert.notEqual(await processIdentity(foreign.pid), undefined);
  } finally {
    foreign.kill("SIGKILL");
    await foreign.status;
    await Deno.remove(root, { recursive: true });
  }
});
