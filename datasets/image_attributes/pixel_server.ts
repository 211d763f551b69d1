/**
 * A server that reads pixels and speaks the protocol of OpenAI's chat completions: the shipped answers of this
 * task are its own. It is no language model: it decodes the PNG in the last message with a picture, measures it, and
 * fills the fields of the schema that it is asked for. It reads no text, no file and no truth:
 *
 *     deno run --allow-net=127.0.0.1:8765 datasets/image_attributes/pixel_server.ts
 *
 * @module
 */
import { imageOfBytes } from "@lib/signature/mod.ts";
import { z } from "zod";
import { look, type Seen } from "./pixels/look.ts";
import { decodePicture, type Picture, shrink } from "./pixels/picture.ts";

/** What it serves: how much a picture is scaled down before it is looked at, and the smallest region that counts. */
const MODELS = {
  "pixels-full": { scale: 1, least: 9 },
  "pixels-quarter": { scale: 4, least: 1 },
} as const;

const OWNER = "assay's pixel_server.ts, which reads pixels and is no language model";

const Request = z.object({
  model: z.enum(["pixels-full", "pixels-quarter"]),
  messages: z.array(z.object({
    role: z.string(),
    content: z.union([
      z.string(),
      z.array(z.object({ type: z.string(), image_url: z.object({ url: z.string() }).optional() })),
    ]),
  })).min(1),
  response_format: z.object({
    json_schema: z.object({ schema: z.object({ properties: z.record(z.string(), z.unknown()) }) }).optional(),
  }).optional(),
});
type Request = z.infer<typeof Request>;

/** Answers one HTTP request. */
export async function answer(request: globalThis.Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.method === "GET" && pathname === "/v1/models") {
    const data = Object.keys(MODELS).map((id) => ({ id, object: "model", created: 0, owned_by: OWNER }));
    return Response.json({ object: "list", data });
  }
  if (request.method !== "POST" || pathname !== "/v1/chat/completions") {
    return fault(404, `Unknown request URL: ${request.method} ${pathname}`);
  }
  try {
    return Response.json(complete(Request.parse(await request.json())));
  } catch (error) {
    return fault(400, error instanceof z.ZodError ? z.prettifyError(error) : String(error));
  }
}

function complete({ model, messages, response_format: format }: Request) {
  const { scale, least } = MODELS[model];
  const whole = decodePicture(pictureOf(messages));
  const picture = scale > 1 ? shrink(whole, scale) : whole;
  const content = JSON.stringify(fill(look(picture, least), format?.json_schema?.schema.properties));
  const usage = usageOf(picture, content);
  const message = { role: "assistant", content, refusal: null };
  return {
    id: `chatcmpl-${crypto.randomUUID()}`,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: "stop" }],
    usage,
  };
}

/** Bytes of the last picture of the last message that has one. */
function pictureOf(messages: Request["messages"]): Uint8Array {
  const urls = messages.flatMap(({ content }) =>
    typeof content === "string" ? [] : content.flatMap((part) => part.image_url?.url ?? [])
  );
  const [, data] = /^data:image\/png;base64,(.*)$/s.exec(urls.at(-1) ?? "") ?? [];
  if (data === undefined) throw new TypeError("Cannot see a picture as no PNG came as a data URI");
  const bytes = Uint8Array.fromBase64(data);
  const { mediaType, width, height } = imageOfBytes(bytes, { source: "request", where: "image_url" });
  if (mediaType !== "image/png" || width * height > MOST_PIXELS) {
    throw new RangeError(`Cannot read a picture as it must be a PNG of at most ${MOST_PIXELS} pixels`);
  }
  return bytes;
}

const MOST_PIXELS = 1_000_000;

/** What was asked for of what was seen, in the order of the question. */
function fill(seen: Seen, properties: Record<string, unknown> | undefined): Record<string, unknown> {
  const known = new Map<string, unknown>(Object.entries(seen));
  const names = properties ? Object.keys(properties) : [...known.keys()];
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new TypeError(`Cannot fill "${unknown}": known are ${[...known.keys()].join(", ")}`);
  }
  return Object.fromEntries(names.map((name) => [name, known.get(name)]));
}

/** It has no tokens: counted are blocks of 16 x 16 pixels that were looked at, and words and signs that were written. */
function usageOf({ width, height }: Picture, content: string) {
  const prompt = Math.ceil(width / 16) * Math.ceil(height / 16);
  const completion = content.match(/\w+|[^\s\w]/g)?.length ?? 0;
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function fault(status: number, message: string): Response {
  const type = "invalid_request_error";
  return Response.json({ error: { message, type, param: null, code: null } }, { status });
}

if (import.meta.main) Deno.serve({ hostname: "127.0.0.1", port: 8765 }, answer);
