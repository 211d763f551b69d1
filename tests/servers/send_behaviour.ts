import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { Buffer } from "node:buffer";
import { completionBody, errorBody, eventStreamBody } from "./completion_body.ts";
import type { Behaviour, ChatRequest, Reply, StatusAnswer } from "./behaviour.ts";

/** One request on its way to an answer. */
export interface Exchange {
  readonly request: ChatRequest;
  readonly response: ServerResponse;
  /** Content of a valid reply, where a behaviour does not bring its own. */
  readonly content: () => Promise<string>;
  /** Aborts when the connection is gone. */
  readonly gone: AbortSignal;
  /** To be called right before the last byte, so that a client cannot see the end of an answer that still counts. */
  readonly answered: () => void;
}

const JSON_TYPE = "application/json";
const DRIP_PIECES = 16;
const FILLER = Buffer.alloc(64 * 1024, "x");

/** Puts one behaviour on the wire; rejects with an AbortError when the client hangs up during a wait. */
export async function sendBehaviour(behaviour: Behaviour, exchange: Exchange): Promise<void> {
  switch (behaviour.kind) {
    case "reply":
      return await sendReply(behaviour, exchange);
    case "null_content":
      return await sendReply({ kind: "reply", content: null }, exchange);
    case "refusal":
      return await sendReply({ kind: "reply", content: null, refusal: behaviour.text }, exchange);
    case "length":
      return await sendReply({ kind: "reply", content: behaviour.content, finishReason: "length" }, exchange);
    case "empty_choices":
      return await sendReply({ kind: "reply", content: null, choices: () => [] }, exchange);
    case "slow_headers":
      return await sendReply(
        { kind: "reply", content: await exchange.content(), delayMs: behaviour.ms },
        exchange,
      );
    case "slow_body":
      return await drip(await validBody(exchange), behaviour.ms, exchange);
    case "status":
      return sendStatus(behaviour, exchange);
    case "html":
      return sendStatus({
        kind: "status",
        status: behaviour.status,
        contentType: "text/html",
        body:
          `<html><head><title>${behaviour.status}</title></head><body><h1>Proxy error</h1></body></html>\n`,
      }, exchange);
    case "echo_auth": {
      const status = behaviour.status ?? 401;
      const message = `Incorrect API key provided: ${exchange.request.headers.authorization ?? "(none)"}`;
      return sendStatus({ kind: "status", status, body: errorBody(status, message) }, exchange);
    }
    case "sse": {
      const { number, body } = exchange.request;
      const text = eventStreamBody(number, body.model, behaviour.content);
      return finish(exchange, 200, { "content-type": "text/event-stream" }, Buffer.from(text));
    }
    case "broken_utf8":
      return finish(exchange, 200, { "content-type": JSON_TYPE }, brokenUtf8(exchange));
    case "huge":
      return await sendHuge(behaviour.bytes, exchange);
    case "reset":
      return reset(behaviour.after, await validBody(exchange), exchange);
    case "hang":
      return;
  }
}

/** Sends a valid reply with the given content. */
async function sendReply(reply: Reply, exchange: Exchange): Promise<void> {
  const { number, body } = exchange.request;
  const asked = body.n ?? 1;
  const contents = reply.choices?.(asked) ?? Array.from({ length: asked }, () => reply.content);
  const text = completionBody({ ...reply, number, model: body.model, contents });
  if (reply.delayMs) await delay(reply.delayMs, undefined, { signal: exchange.gone });
  finish(exchange, 200, { "content-type": JSON_TYPE }, Buffer.from(text));
}

function sendStatus(answer: StatusAnswer, exchange: Exchange): void {
  const { status, body = errorBody(status, `The server answered with status ${status}`) } = answer;
  const headers = { "content-type": answer.contentType ?? JSON_TYPE, ...answer.headers };
  finish(exchange, status, headers, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
}

function finish(exchange: Exchange, status: number, headers: Record<string, string>, body: Buffer): void {
  writeHead(exchange, status, { ...headers, "content-length": String(body.length) });
  exchange.answered();
  exchange.response.end(body);
}

function writeHead(exchange: Exchange, status: number, headers: Record<string, string>): void {
  exchange.response.writeHead(status, { "x-request-id": `req_${exchange.request.number}`, ...headers });
}

async function validBody(exchange: Exchange): Promise<Buffer> {
  const { number, body } = exchange.request;
  return Buffer.from(completionBody({ number, model: body.model, contents: [await exchange.content()] }));
}

async function drip(body: Buffer, ms: number, exchange: Exchange): Promise<void> {
  const { response, gone } = exchange;
  writeHead(exchange, 200, { "content-type": JSON_TYPE, "content-length": String(body.length) });
  response.flushHeaders();
  const size = Math.ceil(body.length / DRIP_PIECES);
  for (let start = 0; start < body.length; start += size) {
    await delay(ms / DRIP_PIECES, undefined, { signal: gone });
    const piece = body.subarray(start, start + size);
    if (start + size < body.length) {
      response.write(piece);
    } else {
      exchange.answered();
      response.end(piece);
    }
  }
}

function brokenUtf8(exchange: Exchange): Buffer {
  const { number, body } = exchange.request;
  const bytes = Buffer.from(completionBody({ number, model: body.model, contents: ["caf@"] }));
  // 0xE9 is "é" in Latin-1; in UTF-8 it opens a sequence that the next byte does not continue.
  bytes[bytes.lastIndexOf("caf@") + 3] = 0xe9;
  return bytes;
}

/** Streams one shared chunk again and again, at the pace at which the client reads. */
async function sendHuge(bytes: number, exchange: Exchange): Promise<void> {
  const { request, response, gone } = exchange;
  const body = Buffer.from(
    completionBody({ number: request.number, model: request.body.model, contents: [""] }),
  );
  let left = bytes - body.length;
  if (left < 0) {
    throw new RangeError(`Cannot send a reply of so few bytes: wanted >= ${body.length}, found ${bytes}`);
  }
  const contentStart = body.indexOf('"content":"') + '"content":"'.length;
  writeHead(exchange, 200, { "content-type": JSON_TYPE, "content-length": String(bytes) });
  response.write(body.subarray(0, contentStart));
  while (left > 0) {
    const chunk = FILLER.subarray(0, Math.min(left, FILLER.length));
    left -= chunk.length;
    if (!response.write(chunk)) await once(response, "drain", { signal: gone });
  }
  exchange.answered();
  response.end(body.subarray(contentStart));
}

function reset(after: "request" | "headers" | "middle of body", body: Buffer, exchange: Exchange): void {
  const { response } = exchange;
  const socket = response.socket;
  if (socket === null) return;
  const resetNow = () => {
    exchange.answered();
    socket.resetAndDestroy();
  };
  if (after === "request") return resetNow();
  writeHead(exchange, 200, { "content-type": JSON_TYPE, "content-length": String(body.length) });
  if (after === "headers") {
    response.flushHeaders();
    socket.write("", resetNow);
  } else {
    response.write(body.subarray(0, body.length >> 1), resetNow);
  }
}
