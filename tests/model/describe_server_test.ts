import { compatible, describeServer } from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startChatServer } from "../servers/chat_server.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("describeServer() asks an endpoint who owns the model, for the header of its recordings", async () => {
  await using server = await startChatServer({ models: ["m"] });
  const { baseUrl } = server;
  assert.deepEqual(await describeServer(compatible("m", { baseUrl })), {
    server: `${baseUrl}, owned by test`,
  });
  assert.deepEqual(await describeServer(compatible("other", { baseUrl })), { server: baseUrl });
});

Deno.test("describeServer() asks nothing of an endpoint that takes a key", async () => {
  await using server = await startChatServer({ models: ["m"] });
  const { baseUrl } = server;
  const spec = compatible("m", { baseUrl, apiKeyEnv: "SOME_KEY" });
  assert.deepEqual(await describeServer(spec), { server: baseUrl });
  assert.deepEqual(server.stats().byPath, {});
});

Deno.test("describeServer() names the address alone when an endpoint says nothing useful", async () => {
  for (
    const body of ["<html>", "null", '{"data":{}}', '{"data":[null]}', '{"data":[{"id":"m","owned_by":7}]}']
  ) {
    const server = createServer((_request, response) => response.end(body));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    assert.deepEqual(await describeServer(compatible("m", { baseUrl })), { server: baseUrl }, body);
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    assert.deepEqual(
      await describeServer(compatible("m", { baseUrl })),
      { server: baseUrl },
      "it does not run",
    );
  }
});
