import { Buffer } from "node:buffer";
import type { ChatRequest } from "./behaviour.ts";

/** A picture as it arrived. */
export interface ArrivedImage {
  /** Place of its message. */
  readonly message: number;
  /** The URL, or that of the data URI up to its bytes. */
  readonly url: string;
  /** Bytes of a data URI. */
  readonly bytes?: Uint8Array;
}

/** Pictures of a request in order, of all its messages. */
export function arrivedImages({ body }: ChatRequest): ArrivedImage[] {
  return (body.messages ?? []).flatMap(({ content }, message) => {
    if (!Array.isArray(content)) return [];
    return content.flatMap((part) => {
      if (part.type !== "image_url") return [];
      const [head = "", data] = part.image_url.url.split(";base64,");
      return [{
        message,
        url: head,
        ...(data !== undefined && { bytes: Uint8Array.from(Buffer.from(data, "base64")) }),
      }];
    });
  });
}

/** What a strict endpoint would reject in the parts of its messages, or undefined. */
export function partsFault(messages: ChatRequest["body"]["messages"]): string | undefined {
  for (const [index, { role, content }] of messages.entries()) {
    if (!Array.isArray(content)) continue;
    const where = `messages[${index}].content`;
    if (content.length === 0) return `${where} is an empty list`;
    for (const part of content) {
      const fault = partFault(role, part);
      if (fault !== undefined) return `${where}: ${fault}`;
    }
  }
  return undefined;
}

const IMAGE_URL =
  /^(https?:\/\/\S+|data:image\/(png|jpeg|gif|webp);base64,([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

function partFault(role: string, part: unknown): string | undefined {
  const { type, text, image_url: image } = part as {
    type?: unknown;
    text?: unknown;
    image_url?: { url?: unknown };
  };
  if (type === "text") {
    return typeof text === "string" && text !== "" ? undefined : "a text part without text";
  }
  if (type !== "image_url") return `unknown part ${JSON.stringify(type)}`;
  if (role !== "user") return `an image in a message of role ${role}`;
  return typeof image?.url === "string" && IMAGE_URL.test(image.url)
    ? undefined
    : "image_url.url is no image URL";
}
