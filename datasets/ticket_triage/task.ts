import { adaptive } from "@lib/aggregate/mod.ts";
import { experiment } from "@lib/experiment/mod.ts";
import { local } from "@lib/model/mod.ts";
import {
  artifactFile,
  chainOfThought,
  compiled,
  derived,
  majorityClass,
  nearestNeighbour,
  predict,
  retrieval,
  selfConsistency,
  selfContext,
} from "@lib/program/mod.ts";
import { promptFile } from "@lib/prompt/mod.ts";
import { compare, signature } from "@lib/signature/mod.ts";
import { z } from "zod";

const prompts = {
  brief: promptFile("./prompts/brief.md", import.meta.url),
  rules: promptFile("./prompts/rules.md", import.meta.url),
};

const orderId = z.string().regex(/^[A-Za-z]{2}-[0-9]{5}$/).nullable();

/** What a mail to a shop wants, how soon, and which order it names. */
export const TicketTriage = signature({
  name: "ticket_triage",
  instructions: prompts.rules,
  input: { ticket: z.string().describe("Mail of a customer") },
  output: {
    category: z.enum(["delivery", "billing", "defect", "account", "question", "other"])
      .describe("What the customer wants the shop to act on"),
    urgency: z.enum(["low", "normal", "high"]).describe("How soon it must be handled"),
    order_id: compare(orderId, { by: "exact", groundedIn: "ticket" })
      .describe("Order number as it stands in the mail, null if there is none"),
  },
});

const plain = predict(TicketTriage, { maxTokens: 80 });
const cot = chainOfThought(TicketTriage, { maxTokens: 200 });

/** What has the form of an order number, found without a model. */
const orderNumbers = derived("Order numbers in the mail", ({ ticket }: { ticket: string }) => {
  const found = [...new Set(ticket.match(/\b[A-Za-z]{2}-[0-9]{5}\b/g))];
  return found.length > 0 ? found.join(", ") : "none";
});
const cotContext = selfContext(cot, { sources: [orderNumbers] });

// what takes many requests or long prompts is not run on the base model, which is right in hardly any case
const instructed = ["qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"];

export default experiment({
  name: "ticket_triage",
  dataset: "./cases.csv",
  variants: {
    majority: majorityClass(TicketTriage),
    nearest: nearestNeighbour(TicketTriage),
    predict: plain,
    cot,
    cot_vote: { program: selfConsistency(cot, { samples: 5 }), prompts: ["rules"] },
    // asks for more only while the votes on these fields leave it open
    cot_vote_targeted: {
      program: selfConsistency(cot, { samples: adaptive({ atMost: 5 }), watch: ["category", "urgency"] }),
      prompts: ["rules"],
    },
    cot_context: { program: cotContext, prompts: ["rules"], models: instructed },
    retrieval: {
      program: retrieval(plain, { from: "train", k: 4, includeFailures: true }),
      prompts: ["rules"],
      models: instructed,
    },
    cot_bootstrap: {
      program: compiled(
        cot,
        artifactFile("./compiled/cot.bootstrap.qwen2.5-coder-1.5b.json", import.meta.url),
      ),
      prompts: ["rules"],
      models: instructed,
    },
    cot_context_vote: {
      program: selfConsistency(cotContext, { samples: 3 }),
      prompts: ["rules"],
      models: ["qwen2.5-coder-0.5b"],
    },
  },
  prompts,
  models: [local("gemma-3-270m"), local("qwen2.5-coder-0.5b"), local("qwen2.5-coder-1.5b")],
  split: "test",
});
