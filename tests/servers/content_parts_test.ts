import assert from "node:assert/strict";
import { startChatServer } from "./chat_server.ts";
import { arrivedImages } from "./content_parts.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PIXEL = "data:image/png;base64,AQID";
const picture = (url: unknown) => ({ type: "image_url", image_url: { url } });
const text = (text: unknown) => ({ type: "text", text });

async function send(messages: readonly unknown[]) {
  await using server = await startChatServer();
  const response = await fetch(`${server.baseUrl}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "m", messages }),
  });
  const body = await response.json();
  return {
    status: response.status,
    error: body.error?.message as string | undefined,
    requests: server.requests(),
  };
}

Deno.test("startChatServer() takes text and picture parts of a user message, and hands the pictures out", async () => {
  const content = [text("Look:"), picture(PIXEL), picture("https://example.org/a.png")];
  const { status, requests } = await send([{ role: "user", content }]);
  assert.equal(status, 200);
  assert(requests[0]);
  assert.deepEqual(arrivedImages(requests[0]), [
    { message: 0, url: "data:image/png", bytes: Uint8Array.of(1, 2, 3) },
    { message: 0, url: "https://example.org/a.png" },
  ]);
});

const REJECTED: readonly (readonly [string, string, readonly unknown[], RegExp])[] = [
  ["no part", "user", [], /empty list/],
  ["a text part without text", "user", [text("")], /without text/],
  ["an unknown part", "user", [{ type: "picture", url: PIXEL }], /unknown part "picture"/],
  ["a picture of the system", "system", [picture(PIXEL)], /image in a message of role system/],
  ["a picture of the assistant", "assistant", [picture(PIXEL)], /role assistant/],
  ["a bare URL in place of an object", "user", [{ type: "image_url", image_url: PIXEL }], /no image URL/],
  ["a path", "user", [picture("/tmp/a.png")], /no image URL/],
  ["an SVG", "user", [picture("data:image/svg+xml;base64,AQID")], /no image URL/],
  ["bytes that are not base64", "user", [picture("data:image/png;base64,AQ*D")], /no image URL/],
  ["base64 that is cut", "user", [picture("data:image/png;base64,AQIDB")], /no image URL/],
];

for (const [what, role, content, message] of REJECTED) {
  Deno.test(`startChatServer() rejects ${what} with a 400 that says where`, async () => {
    const { status, error } = await send([{ role: "user", content: "a" }, { role, content }]);
    assert.equal(status, 400);
    assert.match(error ?? "", /messages\[1\]\.content/);
    assert.match(error ?? "", message);
  });
}
