import { Buffer } from "node:buffer";
import type OpenAI from "openai";
import type { Message } from "../prompt/mod.ts";
import { type Image, imageContent } from "../signature/mod.ts";

type WireMessage = OpenAI.Chat.ChatCompletionMessageParam;
type Part = OpenAI.Chat.ChatCompletionContentPart;

/**
 * A message as it goes over the wire: its text, or, where pictures stand in it, text and picture parts in turn.
 *
 * @throws InputError for a picture whose file has changed since it was loaded.
 */
export async function wireMessage({ role, content, images = [] }: Message): Promise<WireMessage> {
  if (images.length === 0) return { role, content };
  const parts: Part[] = [];
  let from = 0;
  for (const { at, image } of images) {
    parts.push({ type: "text", text: content.slice(from, at) });
    parts.push({ type: "image_url", image_url: { url: await imageUrl(image) } });
    from = at;
  }
  parts.push({ type: "text", text: content.slice(from) });
  return { role: "user", content: parts.filter((part) => part.type !== "text" || part.text !== "") };
}

async function imageUrl(image: Image): Promise<string> {
  if (image.kind === "link") return image.url;
  const { buffer, byteOffset, byteLength } = await imageContent(image);
  return `data:${image.mediaType};base64,${Buffer.from(buffer, byteOffset, byteLength).toString("base64")}`;
}
