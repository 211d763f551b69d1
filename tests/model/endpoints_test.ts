import { compatible, createEndpoints, local, openModel } from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { startChatServer } from "../servers/chat_server.ts";
import { ask, serve } from "./_served_model.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** A port at which nothing listens. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

Deno.test("createEndpoints() opens nothing before the first use, and each endpoint once", async () => {
  await using server = await startChatServer();
  let found = 0;
  const endpoints = createEndpoints({
    findLocal: (model) => {
      assert.equal(model, "tiny");
      found++;
      return Promise.resolve(server.baseUrl);
    },
  });
  const model = openModel(local("tiny"), { mode: "live", endpoints });
  assert.equal(found, 0);
  assert.equal(server.stats().connections, 0);
  await Promise.all([0, 1, 2].map((rollout) => model.generate(ask({ rollout }))));
  await openModel(local("tiny", { temperature: 0 }), { mode: "live", endpoints }).generate(ask());
  await endpoints.close();
  assert.equal(found, 1);
  assert.equal(server.stats().total, 4);
});

Deno.test("generate() names the command that starts a local model which does not run", async () => {
  const endpoints = createEndpoints({ findLocal: () => Promise.resolve(undefined) });
  const model = openModel(local("tiny"), { mode: "auto", endpoints });
  await assert.rejects(model.generate(ask()), {
    name: "InputError",
    message: /The model local:tiny is not running.*endpoint local:tiny.*start it: deno task model tiny/s,
  });
  await endpoints.close();
});

Deno.test("generate() names endpoint and way out when nothing listens there", async () => {
  const baseUrl = `http://127.0.0.1:${closedPort()}/v1`;
  const endpoints = createEndpoints({ findLocal: () => Promise.resolve(baseUrl) });
  const specs = [compatible("m", { baseUrl }), local("tiny")];
  for (const spec of specs) {
    await assert.rejects(openModel(spec, { mode: "auto", endpoints }).generate(ask()), (error: Error) => {
      assert.equal(error.name, "InputError");
      assert(error.message.includes(`Cannot reach the endpoint of ${spec.name}`));
      assert(error.message.includes(`where:    ${baseUrl}`));
      assert.match(error.message, /found: .*refused/);
      assert.match(error.message, spec.endpoint.baseUrl ? /start that server/ : /deno task model tiny/);
      return true;
    });
  }
  await endpoints.close();
});

Deno.test("generate() reaches a server that was started after a first call failed", async () => {
  await using server = await startChatServer();
  let running = false;
  const endpoints = createEndpoints({
    findLocal: () => Promise.resolve(running ? server.baseUrl : undefined),
  });
  const model = openModel(local("tiny"), { mode: "live", endpoints });
  await assert.rejects(model.generate(ask()), { name: "InputError" });
  running = true;
  assert((await model.generate(ask())).result.ok);
  await endpoints.close();
});

Deno.test("generate() gives a fault, as data, when a server goes away in the middle of a run", async () => {
  const server = await startChatServer();
  await using served = serve(server, { model: { policy: { retries: 2 } } });
  assert((await served.model.generate(ask())).result.ok);
  await server.close();
  const call = await served.model.generate(ask());
  assert(!call.result.ok);
  assert.equal(call.result.fault.kind, "connection");
  assert.match(call.result.fault.message, /ECONNREFUSED/);
  assert.equal(call.timing.attempts.length, 3);
});

Deno.test("createEndpoints() reads keys from the environment by default", async () => {
  await using server = await startChatServer();
  Deno.env.set("ASSAY_TEST_ENDPOINT_KEY", "sk-0123456789");
  try {
    await using served = serve(server, { spec: { apiKeyEnv: "ASSAY_TEST_ENDPOINT_KEY" } });
    await served.model.generate(ask());
  } finally {
    Deno.env.delete("ASSAY_TEST_ENDPOINT_KEY");
  }
  assert.equal(server.requests()[0]?.headers.authorization, "Bearer sk-0123456789");
});

Deno.test("close() may be called before the first use, twice, and after a failed opening", async () => {
  await using server = await startChatServer();
  const unused = createEndpoints();
  await unused.close();
  const endpoints = createEndpoints({ findLocal: () => Promise.resolve(undefined) });
  await assert.rejects(openModel(local("tiny"), { mode: "live", endpoints }).generate(ask()));
  const spec = compatible("m", { baseUrl: server.baseUrl });
  await openModel(spec, { mode: "live", endpoints }).generate(ask());
  await endpoints.close();
  await endpoints.close();
});

Deno.test("close() ends calls under way as faults, and leaves no connection", async () => {
  await using server = await startChatServer({ respond: () => ({ kind: "hang" }) });
  const endpoints = createEndpoints();
  const spec = compatible("m", { baseUrl: server.baseUrl });
  const call = openModel(spec, { mode: "live", endpoints, policy: { retries: 0 } }).generate(ask());
  await server.waitFor(1);
  await endpoints.close();
  const { result } = await call;
  assert(!result.ok);
  assert.equal(result.fault.kind, "connection");
  await server.waitForAborted(1);
});
