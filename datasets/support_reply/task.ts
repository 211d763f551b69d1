import { experiment } from "@lib/experiment/mod.ts";
import { local } from "@lib/model/mod.ts";
import { predict } from "@lib/program/mod.ts";
import { promptFile } from "@lib/prompt/mod.ts";
import { type Check, checkPromises, judge } from "@lib/scoring/mod.ts";
import { compare, signature } from "@lib/signature/mod.ts";
import { z } from "zod";

const prompts = {
  brief: promptFile("./prompts/brief.md", import.meta.url),
  rules: promptFile("./prompts/rules.md", import.meta.url),
};

/** A short reply to a customer's message, true to the shop's policy. */
export const SupportReply = signature({
  name: "support_reply",
  instructions: prompts.rules,
  input: {
    policy: z.string().describe("What the shop may and may not promise"),
    message: z.string().describe("Message of a customer"),
  },
  output: {
    reply: compare(z.string(), { by: "judge", judge: "helpful" }).describe("The shop's reply"),
  },
});

/** Facts and forbidden promises of the case, before a judge is asked. */
const promises: Check = (reply, { state = {} }) =>
  checkPromises(String(reply), {
    must: String(state.must ?? ""),
    mustNot: String(state.must_not ?? ""),
  });

export default experiment({
  name: "support_reply",
  dataset: "./cases.csv",
  variants: {
    predict: predict(SupportReply, { maxTokens: 120 }),
  },
  prompts,
  models: [local("gemma-3-270m"), local("qwen2.5-coder-0.5b"), local("qwen2.5-coder-1.5b")],
  split: "test",
  judges: {
    helpful: judge(SupportReply, {
      field: "reply",
      rubric: promptFile("./rubrics/helpful.md", import.meta.url),
      reference: true,
      models: [local("qwen2.5-coder-1.5b")],
    }),
  },
  checks: { reply: promises },
});
