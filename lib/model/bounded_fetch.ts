import { type Agent, type Dispatcher, request as send } from "undici";
import { WireFault } from "./wire_fault.ts";

const STRICT = new TextDecoder("utf-8", { fatal: true });
const LENIENT = new TextDecoder("utf-8");

/** Posts a request over `undici` and reads a body of bounded size, strictly: UTF-8, JSON, no redirect is followed. */
export async function boundedFetch(
  agent: Agent,
  key: string,
  url: string,
  init: RequestInit | undefined,
  most: number,
): Promise<Response> {
  const response = await send(url, {
    dispatcher: agent,
    method: "POST",
    // no others: the client adds what it finds in OPENAI_CUSTOM_HEADERS, another key included
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      authorization: `Bearer ${key}`,
    },
    body: String(init?.body),
    signal: init?.signal ?? null,
  });
  const { statusCode } = response;
  const type = String(response.headers["content-type"] ?? "");
  const bytes = await readBounded(response.body, most);
  if (statusCode >= 300 && statusCode < 400) {
    const to = response.headers.location ?? "another address";
    throw new WireFault(
      "protocol",
      `HTTP ${statusCode} redirects to ${to}, which is not followed; is the base URL right?`,
    );
  }
  let text: string;
  try {
    text = (statusCode < 400 ? STRICT : LENIENT).decode(bytes); // the status of an error counts, not its page
  } catch {
    throw new WireFault("protocol", "the reply is not UTF-8");
  }
  if (statusCode < 400 && text.trim() === "") throw new WireFault("protocol", "the reply is empty");
  if (statusCode < 400 && !type.includes("json")) {
    throw new WireFault(
      "protocol",
      `the reply is ${type || "of no stated type"}, expected application/json; is the base URL right?`,
    );
  }
  const headers = {
    "content-type": "application/json",
    "retry-after": String(response.headers["retry-after"] ?? ""),
  };
  return new Response(text, { status: statusCode, headers });
}

/** Reads a body to its end, by events: iterating over it costs more than all the rest of reading a short reply. */
function readBounded(body: Dispatcher.ResponseData["body"], most: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    let size = 0;
    body.on("data", (part: Uint8Array) => {
      size += part.length;
      if (size <= most) return void parts.push(part);
      reject(new WireFault("too_large", `the reply is longer than ${most} bytes`));
      body.destroy(); // ends the connection
    });
    body.on("error", reject);
    body.on("close", () => reject(new Error("the connection was closed in the middle of the reply"))); // nothing after the end
    body.on("end", () => resolve(joined(parts, size)));
  });
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
