import { experiment } from "@lib/experiment/mod.ts";
import { compatible, OWN_HARDWARE } from "@lib/model/mod.ts";
import { chainOfThought, predict } from "@lib/program/mod.ts";
import { promptFile } from "@lib/prompt/mod.ts";
import { image, signature, unscored } from "@lib/signature/mod.ts";
import { z } from "zod";

const prompts = {
  brief: promptFile("./prompts/brief.md", import.meta.url),
  rules: promptFile("./prompts/rules.md", import.meta.url),
};

const COLOURS = ["red", "orange", "yellow", "green", "blue", "purple", "black", "grey", "white"] as const;

/** What a picture of an article shows. */
export const ImageAttributeExtractor = signature({
  name: "image_attributes",
  instructions: prompts.rules,
  input: {
    picture: image().describe("Picture of an article"),
    context: z.string().describe("What the shop was told about it, or wants to know; may be wrong"),
  },
  output: {
    shape: z.enum(["circle", "square", "triangle", "cross", "ring"]).nullable()
      .describe("Kind of the main shape, the one of which most can be seen; null if there is none"),
    colour: z.enum(COLOURS).nullable().describe(
      "Colour of the main shape; of several, the one that covers most",
    ),
    size: z.enum(["small", "medium", "large"]).nullable()
      .describe("Share of the picture that the main shape covers: medium from 4% on, large from 15% on"),
    count: z.number().int().min(0).max(50).describe("Number of all shapes"),
    background: z.enum(COLOURS).describe("Colour behind the shapes"),
    confidence: unscored(z.number().min(0).max(1)).describe(
      "How likely it is that all of this is right, 0 to 1",
    ),
  },
});

/** A program that reads pixels, started by `pixel_server.ts`: no language model, and no choice of words to sample. */
const pixels = (name: string) =>
  compatible(name, {
    baseUrl: "http://127.0.0.1:8765/v1",
    concurrency: 2, // it works on one picture at a time
    temperature: 0,
    sendsSeed: false,
    price: OWN_HARDWARE,
  });

export default experiment({
  name: "image_attributes",
  dataset: "./cases.csv",
  variants: {
    predict: predict(ImageAttributeExtractor),
    cot: chainOfThought(ImageAttributeExtractor),
  },
  prompts,
  models: [pixels("pixels-full"), pixels("pixels-quarter")],
});
