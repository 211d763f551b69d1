import assert from "node:assert/strict";
import { join } from "node:path";
import { runMlflow } from "./_command_line.ts";
import { page, serveFaults } from "./_faulty_server.ts";

/** A folder with runs of which only their manifests are there. */
async function workFolder(...runs: string[]): Promise<string> {
  const cwd = await Deno.makeTempDir({ prefix: "assay work " });
  for (const run of runs) {
    await Deno.mkdir(join(cwd, ".assay", "runs", run), { recursive: true });
    await Deno.writeTextFile(join(cwd, ".assay", "runs", run, "manifest.json"), "{}");
  }
  return cwd;
}

Deno.test("deno task mlflow ends with 2, and with the way out, for bad input", async () => {
  const cwd = await workFolder();
  const bad: [args: string[], says: RegExp][] = [
    [["snyc"], /Unknown command "snyc"[^]*fix:[^]*--help/],
    [["--port", "x"], /whole number from 1 to 65535/],
    [["sync", "--stop"], /--stop and --port are about the server/],
    [["--format", "xml"], /expected: text or json/],
    [["sync"], /There is no run to send[^]*deno task eval/],
    [["sync", "nope"], /Unknown run "nope"/],
  ];
  for (const [args, says] of bad) {
    const { code, stdout, stderr } = await runMlflow(args, { cwd });
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /\n {4}at /);
  }
  await Deno.remove(cwd, { recursive: true });
});

Deno.test("deno task mlflow teaches with examples", async () => {
  for (const args of [["--help"], ["sync", "--help"]]) {
    const { code, stdout } = await runMlflow(args, { cwd: "." });
    assert.equal(code, 0);
    assert.match(stdout, /Examples:\n {2}deno task mlflow/);
  }
});

Deno.test("deno task mlflow sync ends with 2 when the server is gone or refuses access, and sends no run", async () => {
  const cwd = await workFolder("colours-20261124-101500-a1b2");
  await using server = serveFaults(() => page(401, "Who are you?"));
  const sync = (uri: string) => runMlflow(["sync"], { cwd, env: { MLFLOW_TRACKING_URI: uri } });
  const gone = await sync("http://127.0.0.1:1");
  assert.equal(gone.code, 2);
  assert.match(gone.stderr, /^error: Cannot reach the MLflow server[^]*fix:[^]*deno task mlflow/);
  const refused = await sync(server.uri);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /refused access[^]*401: Who are you\?[^]*MLFLOW_TRACKING_TOKEN/);
  assert.equal(server.requests.length, 1);
  await Deno.remove(cwd, { recursive: true });
});

Deno.test("deno task mlflow sync names a run that cannot be read, and goes on with the others", async () => {
  const cwd = await workFolder("colours-20261124-101500-a1b2", "colours-20261124-101501-a1b3");
  await using server = serveFaults(() => Response.json({ experiments: [] }));
  const { code, stdout, stderr } = await runMlflow(["sync"], {
    cwd,
    env: { MLFLOW_TRACKING_URI: server.uri },
  });
  assert.equal(code, 2);
  assert.match(stderr, /warning: 1\/2 \S+a1b2 was not sent: Cannot read a run[^]*warning: 2\/2 \S+a1b3/);
  assert.match(stdout, /^Sent nothing; 2 runs not sent: \S+a1b2, \S+a1b3\n$/);
  await Deno.remove(cwd, { recursive: true });
});
