import { compatible, costUsd, local, openai, OWN_HARDWARE, type Price, PRICES } from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { DEFAULT_USAGE, startChatServer } from "../servers/chat_server.ts";
import { ask, serve } from "./_served_model.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PRICE: Price = {
  inputPerMillion: 2,
  cachedInputPerMillion: 0.5,
  outputPerMillion: 8,
  source: "test",
  asOf: "2026-01-01",
};
const usage = (inputTokens: number, cachedTokens: number, outputTokens: number, reasoningTokens = 0) =>
  Object.freeze({ inputTokens, cachedTokens, outputTokens, reasoningTokens });

Deno.test("costUsd() charges fresh input, cached input and output each at its own price", () => {
  assert.equal(costUsd(usage(1e6, 0, 0), PRICE), 2);
  assert.equal(costUsd(usage(1e6, 1e6, 0), PRICE), 0.5);
  assert.equal(costUsd(usage(0, 0, 1e6), PRICE), 8);
  assert.equal(costUsd(usage(1000, 400, 100), PRICE), (600 * 2 + 400 * 0.5 + 100 * 8) / 1e6);
});

Deno.test("costUsd() does not charge reasoning twice: it is part of the output", () => {
  assert.equal(costUsd(usage(0, 0, 100, 80), PRICE), costUsd(usage(0, 0, 100), PRICE));
});

Deno.test("costUsd() never gives money back when more is cached than was sent", () => {
  assert.equal(costUsd(usage(100, 200, 0), PRICE), (200 * 0.5) / 1e6);
});

Deno.test("costUsd() is null, never 0, when price or usage is unknown", () => {
  assert.equal(costUsd(usage(1000, 0, 10), undefined), null);
  assert.equal(costUsd(null, PRICE), null);
  assert.equal(costUsd(null, undefined), null);
});

Deno.test("costUsd() is 0 on own hardware, whose price says that it counts nothing", () => {
  assert.equal(costUsd(usage(1000, 0, 10), OWN_HARDWARE), 0);
  assert.equal(costUsd(null, OWN_HARDWARE), null);
  assert.match(OWN_HARDWARE.source, /not counted/);
  assert.equal(local("tiny").price, OWN_HARDWARE);
});

Deno.test("PRICES state source, date and a cached price that is not above the fresh one", () => {
  for (const [model, price] of Object.entries(PRICES)) {
    assert(price.source !== "", model);
    assert.match(price.asOf, /^\d{4}-\d{2}-\d{2}$/, model);
    assert(price.cachedInputPerMillion > 0 && price.cachedInputPerMillion <= price.inputPerMillion, model);
    assert(price.outputPerMillion > price.inputPerMillion, model);
  }
});

Deno.test("openai() knows list prices, and no others", () => {
  assert.equal(openai("gpt-4o-mini").price, PRICES["gpt-4o-mini"]);
  assert.equal(openai("gpt-99").price, undefined);
  assert.equal(openai("constructor").price, undefined);
  assert.equal(openai("gpt-4o-mini", { price: PRICE }).price, PRICE);
});

Deno.test("compatible() does not take OpenAI's price for a model of that name elsewhere", () => {
  assert.equal(compatible("gpt-4o-mini", { baseUrl: "http://h/v1" }).price, undefined);
});

Deno.test("generate() charges what the endpoint counted, cached tokens at the cached price", async () => {
  await using server = await startChatServer();
  await using served = serve(server, { spec: { price: PRICE } });
  const { costUsd } = await served.model.generate(ask());
  assert.equal(DEFAULT_USAGE.prompt_tokens, 120);
  assert.equal(costUsd, (56 * 2 + 64 * 0.5 + 12 * 8) / 1e6);
});

Deno.test("generate() has no cost when the endpoint counts nothing, or the price is unknown", async () => {
  await using server = await startChatServer({
    respond: (_request, n) => ({ kind: "reply", content: "{}", ...(n === 1 && { usage: null }) }),
  });
  await using priced = serve(server, { spec: { price: PRICE } });
  await using unpriced = serve(server);
  const uncounted = await priced.model.generate(ask());
  assert.equal(uncounted.usage, null);
  assert.equal(uncounted.costUsd, null);
  const unknown = await unpriced.model.generate(ask());
  assert.notEqual(unknown.usage, null);
  assert.equal(unknown.costUsd, null);
});
