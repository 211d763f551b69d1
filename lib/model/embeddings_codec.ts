import { Buffer } from "node:buffer";

/**
 * A vector as text: base64 of its 32-bit floats, little-endian. Embeddings come as decimals of no more precision
 * than that.
 *
 * @example Usage
 * ```ts
 * import { decodeVector, encodeVector } from "@lib/model/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const vector = Float32Array.of(0.1, -2);
 * assert.deepEqual(decodeVector(encodeVector(vector)), vector);
 * ```
 */
export function encodeVector(vector: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(vector.length * 4));
  vector.forEach((value, at) => bytes.setFloat32(at * 4, value, true));
  return Buffer.from(bytes.buffer).toString("base64");
}

/**
 * The vector of a text that {@linkcode encodeVector} made.
 *
 * @throws SyntaxError for any other text.
 */
export function decodeVector(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === 0 || bytes.length % 4 !== 0 || bytes.toString("base64") !== text) {
    throw new SyntaxError(`Cannot read a vector from ${JSON.stringify(text.slice(0, 40))}`);
  }
  const vector = new Float32Array(bytes.length / 4);
  for (let at = 0; at < vector.length; at++) vector[at] = bytes.readFloatLE(at * 4);
  const fault = vectorFault(vector);
  if (fault) throw new SyntaxError(`Cannot use a vector ${fault}`);
  return vector;
}

/** What makes a vector useless for a cosine; `undefined` when nothing does. */
export function vectorFault(vector: Float32Array): string | undefined {
  if (vector.some((value) => !Number.isFinite(value))) return "with a member that is no finite number";
  return vector.every((value) => value === 0) ? "of length 0: it has no direction" : undefined;
}
