import { InputError } from "@lib/io/mod.ts";
import {
  createMlflowClient,
  type MlflowClient,
  type MlflowClientOptions,
  MlflowError,
} from "@lib/mlflow/mod.ts";
import type { Clock } from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { type Arrived, json, page, serveFaults } from "./_faulty_server.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** A client whose clock never waits, and its waits, ms. */
function clientOf(
  uri: string,
  options: Partial<MlflowClientOptions> = {},
): { client: MlflowClient; waits: number[] } {
  const waits: number[] = [];
  const clock: Clock = { now: () => 0, sleep: (ms) => Promise.resolve(void waits.push(ms)) };
  return { client: createMlflowClient({ uri, clock, env: () => undefined, ...options }), waits };
}

const RUN = {
  info: {
    run_id: "r1",
    experiment_id: "7",
    status: "RUNNING",
    artifact_uri: "mlflow-artifacts:/7/r1/artifacts",
  },
  data: {},
};

Deno.test("createMlflowClient() repeats after 500, 503 and 429, waits longer each time, and then succeeds", async () => {
  await using server = serveFaults((_request, n) => {
    if (n === 1) return page(500, "Internal Server Error");
    if (n === 2) return new Response("busy", { status: 503 });
    if (n === 3) return new Response("slow down", { status: 429, headers: { "retry-after": "7" } });
    return json({});
  });
  const { client, waits } = clientOf(server.uri);
  await client.updateRun("r1", { status: "FINISHED", endTimeMs: 1.5 });
  assert.deepEqual(waits, [500, 1000, 7000]);
  assert.deepEqual(JSON.parse(server.requests[3]!.text), { run_id: "r1", status: "FINISHED", end_time: 2 });
});

Deno.test("createMlflowClient() gives up after its last repeat, with the title of the page that came", async () => {
  await using server = serveFaults(() => page(502, "502 Bad Gateway"));
  const { client } = clientOf(server.uri, { policy: { retries: 2 } });
  await assert.rejects(client.searchRuns(["1"]), (error) => {
    assert(error instanceof MlflowError);
    assert.match(error.message, /runs\/search: HTTP 502, 502 Bad Gateway$/);
    return error.passing;
  });
  assert.equal(server.requests.length, 3);
});

Deno.test("ensureExperiment() bears that another process sets the same tag at the same time", async () => {
  const message = "(sqlite3.IntegrityError) UNIQUE constraint failed: experiment_tags.key";
  let tags: unknown[] = [];
  await using server = serveFaults(({ path, text }) => {
    if (path.includes("get-by-name")) return json({ experiment: { experiment_id: "7", tags } });
    tags = [{ key: JSON.parse(text).key, value: "theirs" }];
    return json({ error_code: "BAD_REQUEST", message }, 400);
  });
  assert.equal(await clientOf(server.uri).client.ensureExperiment("e", { tag: "ours" }), "7");
  assert.equal(server.requests.length, 3);
});

Deno.test("createMlflowClient() repeats no request that MLflow refuses, and tells its code", async () => {
  await using server = serveFaults(() =>
    json({ error_code: "INVALID_PARAMETER_VALUE", message: "no\nsuch" }, 400)
  );
  const { client, waits } = clientOf(server.uri);
  await assert.rejects(
    client.logBatch("r1", { tags: { a: "b" } }),
    (error) =>
      error instanceof MlflowError && error.code === "INVALID_PARAMETER_VALUE" &&
      /no such$/.test(error.message),
  );
  assert.deepEqual([server.requests.length, waits], [1, []]);
});

Deno.test("createMlflowClient() says what to do when access is refused, and never shows the password", async () => {
  const secret = "hunter2-hunter2";
  const basic = `Basic ${btoa(`ann:${secret}`)}`;
  await using server = serveFaults(({ headers }) =>
    new Response(`no access for ${headers.get("authorization")} and ${secret}`, { status: 403 })
  );
  const env: Record<string, string> = { MLFLOW_TRACKING_USERNAME: "ann", MLFLOW_TRACKING_PASSWORD: secret };
  const { client } = clientOf(server.uri, { env: (name) => env[name] });
  await assert.rejects(client.check(), (error) => {
    assert(error instanceof InputError);
    assert.match(error.message, /refused access[^]*HTTP 403: no access for Basic \[secret\] and \[secret\]/);
    assert.match(error.message, /fix:[^]*MLFLOW_TRACKING_TOKEN/);
    return !Deno.inspect(error).includes(secret) && !Deno.inspect(error).includes(basic);
  });
  assert.equal(server.requests[0]?.headers.get("authorization"), basic);
});

Deno.test("createMlflowClient() takes user and password out of the address", async () => {
  await using server = serveFaults(() => json({}));
  const { client } = clientOf(server.uri.replace("//", "//ann:p%40ss@"));
  await client.check();
  assert.equal(client.uri, server.uri);
  assert.equal(server.requests[0]?.headers.get("authorization"), `Basic ${btoa("ann:p@ss")}`);
  assert.throws(() => clientOf("sqlite:///my.db"), /http\(s\):\/\/host/);
  assert.throws(() => clientOf("postgres://ann:secret@db/x"), (error) => !String(error).includes("secret"));
});

Deno.test("check() tells a missing server, and a server that is none of MLflow's, with the way out", async () => {
  await using server = serveFaults(() => page(404, "Not Found"));
  const isOther = (error: unknown) =>
    error instanceof InputError &&
    /no MLflow server at this address[^]*HTTP 404, Not Found[^]*deno task mlflow/.test(error.message);
  await assert.rejects(clientOf(server.uri).client.check(), isOther);
  await using pages = serveFaults(() => page(200, "A web shop"));
  await assert.rejects(clientOf(pages.uri).client.check(), /no MLflow server[^]*no JSON but "A web shop"/);
  const { client, waits } = clientOf("http://127.0.0.1:1");
  const isGone = (error: unknown) =>
    error instanceof InputError &&
    /Cannot reach[^]*ECONNREFUSED[^]*fix:[^]*deno task mlflow/.test(error.message);
  await assert.rejects(client.check(), isGone);
  assert.deepEqual(waits, [500]);
});

Deno.test("createMlflowClient() ends an attempt that gets no answer, and repeats it", async () => {
  const fetch: MlflowClientOptions["fetch"] = (_url, { signal }) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    );
  const { client, waits } = clientOf("http://127.0.0.1:1", { fetch, timeoutMs: 20, policy: { retries: 1 } });
  await assert.rejects(client.findRun("r1"), /Cannot reach[^]*no answer within 0.02 s/);
  assert.deepEqual(waits, [500]);
});

Deno.test("createMlflowClient() repeats a request whose connection was lost", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    (await listener.accept()).close();
    using connection = await listener.accept();
    await connection.read(new Uint8Array(4096));
    const answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    await connection.write(new TextEncoder().encode(answer));
  })();
  const { client, waits } = clientOf(`http://127.0.0.1:${listener.addr.port}`);
  assert.deepEqual(await client.searchRuns(["1"]), []);
  assert.deepEqual(waits, [500]);
  await served;
});

Deno.test("createMlflowClient() stops at once when told to", async () => {
  const stop = new AbortController();
  await using server = serveFaults(() => {
    stop.abort(new DOMException("enough", "AbortError"));
    return page(500, "Internal Server Error");
  });
  const { client } = clientOf(server.uri, { signal: stop.signal });
  await assert.rejects(client.searchRuns(["1"]), /enough/);
  assert.equal(server.requests.length, 1);
});

Deno.test("ensureRun() looks for the run again before it repeats a create whose answer was lost", async () => {
  const made: unknown[] = [];
  const answer = ({ path, text }: Arrived) => {
    if (path.endsWith("runs/search")) {
      const tags = [{ key: "assay.run_key", value: "k" }];
      return json(made.length > 0 ? { runs: [{ ...RUN, data: { tags } }] } : {});
    }
    made.push(JSON.parse(text));
    return page(504, "Gateway Timeout");
  };
  await using server = serveFaults(answer);
  const { client } = clientOf(server.uri);
  const run = await client.ensureRun({
    experimentId: "7",
    key: "k",
    name: "a\tb",
    startTimeMs: 5,
    tags: { kind: "eval" },
  });
  assert.equal(run.id, "r1");
  assert.deepEqual(made, [{
    experiment_id: "7",
    run_name: "a b",
    start_time: 5,
    tags: [
      { key: "kind", value: "eval" },
      { key: "assay.run_key", value: "k" },
      { key: "mlflow.runName", value: "a b" },
    ],
  }]);
});

Deno.test("logBatch() sends what MLflow takes, in several requests, and names what it left out", async () => {
  await using server = serveFaults(() => json({}));
  const { client } = clientOf(server.uri);
  const point = (value: number) => ({ value, timestampMs: 1000.4 });
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`m/${i}`, point(i)]));
  const params = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`p${i}`, "v"]));
  const leftOut = await client.logBatch("r1", {
    metrics: { ...many, "a(1)": point(1), "a[1]": point(2), none: point(NaN), endless: point(Infinity) },
    params: { ...params, long: "x".repeat(7000) },
    tags: { "../evil//key/": "1" },
  });
  assert.deepEqual(leftOut, ["none", "endless"]);
  const bodies = server.requests.map(({ text }) => JSON.parse(text));
  assert.deepEqual(bodies.map(({ metrics, params, tags }) => [metrics.length, params.length, tags.length]), [
    [800, 100, 1],
    [202, 31, 0],
  ]);
  const keys = bodies[1].metrics.slice(-2).map(({ key }: { key: string }) => key);
  assert.equal(keys[0], "a_1_");
  assert.match(keys[1], /^a_1__[0-9a-f]{8}$/);
  assert.deepEqual(bodies[1].metrics[0], { key: "m/800", value: 800, timestamp: 1000, step: 0 });
  assert.equal(bodies[1].params.at(-1).value.length, 6000);
  assert.match(bodies[1].params.at(-1).value, / … \(cut: 7000 characters\)$/);
  assert.deepEqual(bodies[0].tags, [{ key: "__/evil/_/key/_", value: "1" }]);
});

Deno.test("updateRun() and uploadArtifact() refuse what MLflow would drop without a word, before they send", async () => {
  await using server = serveFaults(() => json({}));
  const { client } = clientOf(server.uri);
  await assert.rejects(client.updateRun("r1", { status: "DONE" as "FINISHED" }), RangeError);
  const run = {
    id: "r1",
    experimentId: "7",
    name: "",
    status: "",
    lifecycleStage: "active",
    metrics: {},
    params: {},
    tags: {},
  };
  const proxied = { ...run, artifactUri: "mlflow-artifacts:/7/r1/artifacts" };
  for (const path of ["../x", "/x", "a//b", "a#b", "a\\b", ""]) {
    await assert.rejects(client.uploadArtifact(proxied, path, { text: "" }), RangeError);
  }
  assert.equal(server.requests.length, 0);
  await client.uploadArtifact(proxied, "a b/ü.txt", { text: "größer" });
  assert.equal(
    server.requests[0]?.path,
    "/api/2.0/mlflow-artifacts/artifacts/7/r1/artifacts/a%20b/%C3%BC.txt",
  );
  assert.equal(server.requests[0]?.headers.get("content-length"), "8");
  assert.equal(server.requests[0]?.text, "größer");
});

Deno.test("createMlflowClient() goes past the proxy of an environment to a server on this machine", async () => {
  await using server = serveFaults(() => json({}));
  const program = `
    import { createMlflowClient } from ${JSON.stringify(import.meta.resolve("@lib/mlflow/mod.ts"))};
    await createMlflowClient({ uri: ${JSON.stringify(server.uri)} }).check();`;
  const nowhere = "http://127.0.0.1:1";
  const env = { HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, http_proxy: nowhere, NO_PROXY: "", no_proxy: "" };
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args: ["eval", program], env })
    .output();
  assert(success, new TextDecoder().decode(stderr));
  assert.equal(server.requests.length, 1);
});
