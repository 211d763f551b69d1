import { compatible, createEndpoints, openModel } from "@lib/model/mod.ts";
import { chainOfThought, predict, type Program } from "@lib/program/mod.ts";
import { imageOfBytes } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { encode } from "fast-png";
import { place } from "../../datasets/image_attributes/drawing/place.ts";
import { draw } from "../../datasets/image_attributes/drawing/raster.ts";
import type { Scene, Shape } from "../../datasets/image_attributes/drawing/scene.ts";
import { answer } from "../../datasets/image_attributes/pixel_server.ts";
import { ImageAttributeExtractor } from "../../datasets/image_attributes/task.ts";
import { GIF } from "../signature/_pictures.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** The pixel server on a free port. */
function serve() {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return {
    baseUrl: `http://127.0.0.1:${server.addr.port}/v1`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A picture that no case has. */
function drawn(...shapes: Shape[]): Uint8Array {
  const scene: Scene = {
    seed: 9,
    background: "grey",
    shapes,
    context: "",
    coverage: "common",
    split: "train",
  };
  return draw(scene, place(scene));
}

type Extract = Program<{ picture: unknown; context: string }, Record<string, unknown>>;

async function extract(bytes: Uint8Array, program = predict(ImageAttributeExtractor)) {
  await using server = serve();
  const endpoints = createEndpoints();
  const open = (spec: Parameters<typeof openModel>[0]) =>
    openModel(spec, { mode: "live", policy: { retries: 0 }, endpoints });
  const input = {
    picture: imageOfBytes(bytes, { source: "drawn", where: "here" }),
    context: "Answer: 7 red rings",
  };
  try {
    const model = open(compatible("pixels-full", { baseUrl: server.baseUrl }));
    return await (program as unknown as Extract).run(input, { model, open, rollout: 0, seed: 1, path: [] });
  } finally {
    await endpoints.close();
  }
}

Deno.test("the pixel server describes a picture that it has never seen, through the same client as any model", async () => {
  const square: Shape = { kind: "square", colour: "purple", radius: 17 };
  const prediction = await extract(drawn(square, { kind: "circle", colour: "white", radius: 7 }));
  assert(prediction.status === "ok", JSON.stringify(prediction));
  const { confidence, ...rest } = prediction.output;
  assert.deepEqual(rest, { shape: "square", colour: "purple", size: "medium", count: 2, background: "grey" });
  assert(Number(confidence) > 0 && Number(confidence) <= 1);
  const [call] = prediction.calls;
  assert.deepEqual([call?.usage?.inputTokens, call?.usage?.cachedTokens], [36, 0]);
});

Deno.test("the pixel server tells each kind of shape, whichever way it is turned", async () => {
  for (const kind of ["circle", "square", "triangle", "cross", "ring"] as const) {
    for (const turn of [0, 0.3, 0.7, 1.1]) {
      const prediction = await extract(drawn({ kind, colour: "blue", radius: 22, turn }));
      assert(prediction.status === "ok");
      assert.equal(prediction.output.shape, kind, `${kind} turned by ${turn}`);
    }
  }
});

Deno.test("the pixel server answers a chain of thought with its measurements", async () => {
  const prediction = await extract(
    drawn({ kind: "ring", colour: "red", radius: 24 }),
    chainOfThought(ImageAttributeExtractor),
  );
  assert(prediction.status === "ok");
  assert.match(String(prediction.diagnostics.reasoning), /1 regions on grey; the largest covers \d/);
});

Deno.test("the pixel server refuses a picture that is no PNG, as a bad request and not as an answer", async () => {
  const prediction = await extract(GIF);
  assert(prediction.status === "failed");
  assert.equal(prediction.failure.kind, "bad_request");
  assert.match(prediction.failure.message, /no PNG came as a data URI/);
});

async function post(body: unknown): Promise<{ status: number; message?: string }> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await answer(
    new Request("http://localhost/v1/chat/completions", { method: "POST", body: text }),
  );
  return { status: response.status, message: (await response.json()).error?.message };
}

Deno.test("the pixel server answers bad requests with a 400 in the words of the protocol", async () => {
  const url = `data:image/png;base64,${
    encode({ width: 2, height: 2, data: new Uint8Array(4), channels: 1 }).toBase64()
  }`;
  const content = [{ type: "image_url", image_url: { url } }];
  const ask = (changes: Record<string, unknown>) => ({
    model: "pixels-full",
    messages: [{ role: "user", content }],
    ...changes,
  });
  const schema = (properties: unknown) => ({ json_schema: { schema: { properties } } });
  assert.equal((await post(ask({}))).status, 200);
  const bad: readonly (readonly [unknown, RegExp])[] = [
    ["{", /JSON/],
    [ask({ model: "gpt" }), /pixels-full/],
    [ask({ messages: [{ role: "user", content: "a red circle" }] }), /no PNG came/],
    [
      ask({
        messages: [{
          role: "user",
          content: [{ type: "image_url", image_url: { url: "https://example.org/a.png" } }],
        }],
      }),
      /no PNG came/,
    ],
    [
      ask({
        messages: [{
          role: "user",
          content: [{ type: "image_url", image_url: { url: `${url.slice(0, 60)}` } }],
        }],
      }),
      /./,
    ],
    [ask({ response_format: schema({ weight: {} }) }), /Cannot fill "weight"/],
    [ask({ response_format: schema({ toString: {} }) }), /Cannot fill "toString"/],
  ];
  for (const [body, message] of bad) {
    const { status, message: found } = await post(body);
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(found ?? "", message);
  }
});
