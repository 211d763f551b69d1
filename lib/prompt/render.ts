import { type Field, type Image, type Instructions, isImage, type Signature } from "../signature/mod.ts";
import {
  checkImageLoad,
  joinRendered,
  type PlacedImage,
  plain,
  type Rendered,
  renderImages,
} from "./rendered.ts";

/** One chat message. */
export interface Message {
  role: "system" | "user" | "assistant";
  content: string;
  /** Pictures that stand in the content, in order; of user messages only. */
  images?: readonly PlacedImage[];
}

/** The case from which an example or a note was taken, so that none leaks into its own evaluation. */
export interface Origin {
  id: string;
  group?: string;
  session?: string;
  /** When it arose, ISO 8601. */
  at?: string;
  /** Its input, to tell near-duplicates. */
  input: Readonly<Record<string, unknown>>;
}

/** A solved example shown to the model; an output field that it does not have is left out. */
export interface Demo {
  input: Readonly<Record<string, unknown>>;
  output: Readonly<Record<string, unknown>>;
  /** A wrong output that was once given for it, shown as such. */
  mistake?: Readonly<Record<string, unknown>>;
  /** Where it comes from; none for one that was made up. */
  origin?: Origin;
}

/** Background that is not a field of the signature: earlier outputs, retrieved notes. */
export interface ContextBlock {
  title: string;
  text: string;
  /** Cases that it tells of. */
  origins?: readonly Origin[];
}

/** What a prompt is rendered from. */
export interface RenderOptions {
  /** Instructions in place of the signature's own. */
  instructions?: Instructions;
  /** Solved examples, shown as earlier turns; their pictures count towards the limit of the request. @default {[]} */
  demos?: readonly Demo[];
  /** Background, shown before the input. @default {[]} */
  context?: readonly ContextBlock[];
}

/** Version of the renderer; part of every request's key. Raise it when rendered text changes. */
export const RENDERER_VERSION = "1";

/**
 * Renders a signature and an input into chat messages: instructions and the list of output fields as the
 * system message (the same for every case, so that servers can keep it), demos as turns, the input in tags. A
 * picture stands in the tag of its field, behind a line `image 1`. Pure: equal arguments, equal messages.
 *
 * @throws InputError for more than 10 pictures, or more than 20 MB of them, in input and demos together.
 * @throws TypeError for a value of an image field that is no picture.
 * @example Usage
 * ```ts
 * import { renderMessages } from "@lib/prompt/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Capital = signature({
 *   name: "capital",
 *   instructions: "Name the capital.",
 *   input: { country: z.string() },
 *   output: { city: z.string().describe("The city") },
 * });
 * const [system, user] = renderMessages(Capital, { country: "France" });
 * assert.match(system?.content ?? "", /- city \(text\): The city/);
 * assert.equal(user?.content, "<country>\nFrance\n</country>");
 * ```
 */
export function renderMessages<I, O>(
  signature: Signature<I, O>,
  input: Readonly<Record<string, unknown>>,
  options: RenderOptions = {},
): Message[] {
  const { instructions = signature.instructions, demos = [], context = [] } = options;
  const turns = demos.flatMap((demo): Message[] => [
    userMessage(
      joinRendered([renderInput(signature.input, demo.input), ...mistakeOf(signature, demo)], "\n\n"),
    ),
    { role: "assistant", content: renderOutput(signature.output, demo.output) },
  ]);
  const background = context.map(({ title, text }) => plain(tag("context", `${title}\n${text}`)));
  const last = userMessage(joinRendered([...background, renderInput(signature.input, input)], "\n\n"));
  checkImageLoad(signature.name, turns.flatMap(imagesOf), imagesOf(last));
  return [
    { role: "system", content: `${instructions.text}\n\n${renderFields(signature.output)}` },
    ...turns,
    last,
  ];
}

/**
 * The turns that show a model the fault of its last reply and ask for another one.
 *
 * @param reply Text of the faulty reply.
 * @param fault Path of the field (empty for the whole reply) and what is wrong with it.
 */
export function renderCorrection(reply: string, fault: { path: string; reason: string }): Message[] {
  const where = fault.path === "" ? "The reply" : `The field \`${fault.path}\``;
  return [
    { role: "assistant", content: reply },
    {
      role: "user",
      content:
        `${where} is not usable: ${fault.reason}.\nReply again with the whole JSON object, corrected, and nothing else.`,
    },
  ];
}

function mistakeOf<I, O>({ output }: Signature<I, O>, { mistake }: Demo) {
  return mistake ? [plain(tag("wrong_answer", renderOutput(output, mistake)))] : [];
}

function renderFields(fields: readonly Field[]): string {
  const lines = fields.map(({ name, type, description }) =>
    `- ${name} (${type})${description && `: ${description}`}`
  );
  return ["Reply with one JSON object and nothing else. Its fields, in this order:", ...lines].join("\n");
}

function renderInput(fields: readonly Field[], input: Readonly<Record<string, unknown>>): Rendered {
  let number = 1;
  const blocks = fields
    .filter(({ name }) => own(input, name) !== undefined)
    .map((field) => {
      const { name } = field;
      const value = own(input, name);
      if (!field.image || value === null) {
        return plain(tag(name, typeof value === "string" ? value : JSON.stringify(value)));
      }
      const images = imagesIn(name, value);
      number += images.length;
      return renderImages(name, images, number - images.length);
    });
  return blocks.length === 0 ? plain("Reply now.") : joinRendered(blocks, "\n\n");
}

function imagesIn(name: string, value: unknown): readonly Image[] {
  const images: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (images.every(isImage)) return images;
  throw new TypeError(`Cannot render field "${name}" as its value is no image: make one with readImage()`);
}

function userMessage({ text, images }: Rendered): Message {
  return { role: "user", content: text, ...(images.length > 0 && { images }) };
}

function imagesOf({ images = [] }: Message): readonly Image[] {
  return images.map(({ image }) => image);
}

function renderOutput(fields: readonly Field[], output: Readonly<Record<string, unknown>>): string {
  const present = fields.filter(({ name }) => own(output, name) !== undefined);
  return JSON.stringify(Object.fromEntries(present.map(({ name }) => [name, own(output, name)])));
}

/** A member of its own: a field named `constructor` is no inherited one. */
function own(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Text between tags; a tag of the same name inside the text is defused, so that an input cannot end its block. */
function tag(name: string, text: string): string {
  const inner = !text.includes("<")
    ? text
    : text.replaceAll(new RegExp(`<(\\s*/?\\s*)(${name})(?=[\\s>/]|$)`, "gi"), "‹$1$2");
  return `<${name}>\n${inner}\n</${name}>`;
}
