import { experiment } from "@lib/experiment/mod.ts";
import { local } from "@lib/model/mod.ts";
import {
  artifactFile,
  chainOfThought,
  compiled,
  majorityClass,
  nearestNeighbour,
  predict,
  priorOutputs,
  retrieval,
  selfConsistency,
  selfContext,
  userState,
  workflow,
} from "@lib/program/mod.ts";
import { promptFile } from "@lib/prompt/mod.ts";
import { compare, percent, signature } from "@lib/signature/mod.ts";
import { z } from "zod";

const prompt = (name: string) => promptFile(`./prompts/${name}.md`, import.meta.url);
const prompts = { brief: prompt("brief"), rules: prompt("rules") };

const fields = {
  policy: z.string().describe("Refund policy in force"),
  ticket: z.string().describe("Message of a customer"),
  reason: z.enum(["late", "damaged", "wrong_item", "changed_mind", "other"])
    .describe("What the message wants money back for"),
  days: compare(z.number().int().min(0).max(400).nullable(), { by: "number" })
    .describe("Full days that count for the reason, null if unknown"),
  opened: z.boolean().nullable().describe("Whether the goods were opened or used, null if unknown"),
  share: percent().describe("Share of the price to refund, in percent"),
};
const { policy, ticket, reason, days, opened, share } = fields;

/** How much of the price a customer gets back, and on what grounds. */
export const RefundShare = signature({
  name: "refund_share",
  instructions: prompts.rules,
  input: { policy, ticket },
  output: { reason, days, share },
});

const Reason = signature({
  name: "refund_reason",
  instructions: prompt("reason"),
  input: { ticket },
  output: { reason },
});
const Facts = signature({
  name: "refund_facts",
  instructions: prompt("facts"),
  input: { ticket, reason },
  output: { days, opened },
});
const Percent = signature({
  name: "refund_percent",
  instructions: prompt("percent"),
  input: { policy, reason, days, opened },
  output: { share },
});

// each message was settled by a person before the next one came, so the truth of earlier ones is known
const story = priorOutputs({ last: 2, inputs: ["ticket"], truthAfter: 1 });
const tier = userState("tier");

const plain = predict(RefundShare, { maxTokens: 60 });
const cot = chainOfThought(RefundShare, { maxTokens: 200 });
const cotContext = selfContext(cot, { sources: [tier, story] });

/** Reason, then facts, then the percentage: each call sees only what it needs. */
const assess = workflow("assess", {
  signature: RefundShare,
  calls: {
    reason: selfContext(predict(Reason, { maxTokens: 30 }), { sources: [story] }),
    facts: selfContext(predict(Facts, { maxTokens: 40 }), { sources: [story] }),
    percent: selfContext(chainOfThought(Percent, { maxTokens: 160 }), { sources: [tier] }),
  },
  body: async ({ policy, ticket }, call) => {
    const { reason } = await call("reason", { ticket });
    const { days, opened } = await call("facts", { ticket, reason });
    const { share } = await call("percent", { policy, reason, days, opened });
    return { reason, days, share };
  },
});

const votePercent = assess.with({
  percent: { strategy: (program) => selfConsistency(program, { samples: 5 }) },
});
const voteAll = votePercent.with({
  reason: { strategy: (program) => selfConsistency(program, { samples: 3 }) },
  facts: { strategy: (program) => selfConsistency(program, { samples: 3 }) },
});

const rules = ["rules"];
// what takes many requests or long prompts is not run on the base model, which is right in hardly any case
const instructed = ["qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"];

export default experiment({
  name: "refund_share",
  dataset: "./cases.csv",
  variants: {
    majority: majorityClass(RefundShare),
    nearest: nearestNeighbour(RefundShare, { fields: ["ticket"] }),
    predict: plain,
    cot: { program: cot, prompts: rules },
    cot_vote: { program: selfConsistency(cot, { samples: 5 }), prompts: rules },
    cot_context: { program: cotContext, prompts: rules, models: instructed },
    cot_context_vote: {
      program: selfConsistency(cotContext, { samples: 3 }),
      prompts: rules,
      models: instructed,
    },
    retrieval: {
      program: retrieval(plain, { from: "train", k: 3, includeFailures: true, fields: ["ticket"] }),
      prompts: rules,
      models: ["qwen2.5-coder-0.5b"],
    },
    cot_bootstrap: {
      program: compiled(
        cot,
        artifactFile("./compiled/cot.bootstrap.qwen2.5-coder-1.5b.json", import.meta.url),
      ),
      prompts: rules,
      models: instructed,
    },
    workflow: { program: assess, prompts: rules },
    workflow_vote_percent: { program: votePercent, prompts: rules },
    workflow_vote_all: { program: voteAll, prompts: rules, models: instructed },
  },
  prompts,
  models: [local("gemma-3-270m"), local("qwen2.5-coder-0.5b"), local("qwen2.5-coder-1.5b")],
  split: "test",
});
