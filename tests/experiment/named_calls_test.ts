import {
  evaluate,
  loadTask,
  type NamedCalls,
  type NamedCallSummary,
  summarizeRun,
} from "@lib/experiment/mod.ts";
import { clusteredInterval } from "@lib/stats/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../end_to_end/_command_line.ts";
import { COLOURS, noteNumber, repeatOf, truthOf, writeTask } from "../end_to_end/_made_up_task.ts";
import { type RawObservation, rawObservations } from "../end_to_end/_raw_journal.ts";
import { type Behaviour, type ChatRequest, startChatServer } from "../servers/chat_server.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PRICE = {
  inputPerMillion: 2,
  cachedInputPerMillion: 0.5,
  outputPerMillion: 8,
  source: "made up",
  asOf: "2026-01-01",
};
const CASES = 20;
const REPEATS = 2;

/** Three calls, each with one field of the task; `weigh` has a field of its own beside it. */
const CODE = `
import { derived, selfConsistency, selfContext } from "@lib/program/mod.ts";
const { note } = { note: z.string().describe("A note") };
const part = (name: string, output: z.ZodRawShape) => predict(
  signature({ name, instructions: "Read.", input: { note }, output }),
  { corrections: 0 },
);
const flow = workflow("flow", {
  signature: Notes,
  calls: {
    look: part("look", { colour: z.enum(${JSON.stringify(COLOURS)}) }),
    weigh: part("weigh", { kilos: z.number(), heavy: z.boolean() }),
    ask: part("ask", { owner: z.string().nullable() }),
    sign: part("sign", { initials: z.string() }),
  },
  body: async ({ note }, call) => {
    const { colour } = await call("look", { note }) as { colour: "red" };
    const { kilos } = await call("weigh", { note }) as { kilos: number };
    const { owner } = await call("ask", { note }) as { owner: string | null };
    await call("sign", { note });
    return { colour, kilos: kilos === 6 ? 0 : kilos, owner };
  },
});
`;

const isColourWrong = (n: number, rollout: number) => n % 4 === 1 && rollout % 2 === 1;
const isKilosWrong = (n: number) => n % 5 === 0;
const isKilosUnreadable = (n: number) => n % 7 === 0;
/** A call without a field of the task. */
const isSignUnreadable = (n: number) => n === 18;
/** The body itself spoils it. */
const isSpoilt = (n: number) => truthOf(n).kilos === 6 && !isKilosWrong(n) && !isKilosUnreadable(n);

function respond(request: ChatRequest): Behaviour {
  const [n, rollout] = [noteNumber(request), repeatOf(request)];
  const { colour, kilos, owner } = truthOf(n);
  const format = request.body.response_format;
  const schema = format?.type === "json_schema" ? format.json_schema.name : "";
  const usage = { prompt_tokens: 100 + n, completion_tokens: 10 + schema.length, total_tokens: 110 };
  const reply = (answer: unknown): Behaviour => ({ kind: "reply", content: JSON.stringify(answer), usage });
  switch (schema) {
    case "look":
      return reply({ colour: isColourWrong(n, rollout) ? COLOURS[(n + 1) % 3] : colour });
    case "weigh":
      return isKilosUnreadable(n)
        ? reply("heavy")
        : reply({ kilos: isKilosWrong(n) ? 20 : kilos, heavy: false });
    case "ask":
      return reply({ owner });
    case "sign":
      return reply(isSignUnreadable(n) ? "A" : { initials: "A" });
    case "hint":
      return reply({ hint: "look well" });
    default:
      return reply({ colour, kilos, owner });
  }
}

/** The cells of a run with all variants, and what stands in their journal. */
async function runAll() {
  await using server = await startChatServer({ respond });
  await using folder = await temporaryFolder();
  const path = await writeTask(join(folder.path, "notes"), {
    cases: CASES,
    repeats: REPEATS,
    models: [{ baseUrl: server.baseUrl, price: PRICE }],
    code: CODE,
    variants: `
      plain: predict(Notes, { corrections: 0 }),
      flow,
      voted: flow.with({ look: { strategy: (program) => selfConsistency(program, { samples: 3 }) } }),
      wrapped: selfConsistency(flow, { samples: 2 }),
      hinted: selfContext(flow, { sources: [derived("hint", part("hint", { hint: z.string() }))] }),
    `,
  });
  const { summary, folder: run } = await evaluate(await loadTask(path), {
    stateFolder: join(folder.path, "state"),
    policy: { retries: 0 },
  });
  assert.deepEqual((await summarizeRun(run)).cells, summary.cells, "read again, the same");
  const raw = await rawObservations(run);
  const of = (variant: string) => {
    const cell = summary.cells.find((entry) => entry.variant === variant);
    assert(cell);
    return { cell, named: cell.named, own: raw.filter((entry) => entry.cell === cell.id) };
  };
  return { of, requests: server.stats().total };
}

/** Every case and repeat of a cell. */
function everything<T>(map: (n: number, repeat: number) => T): T[] {
  return Array.from({ length: CASES * REPEATS }, (_, i) => map(1 + i % CASES, Math.floor(i / CASES)));
}

const count = (is: (n: number, repeat: number) => boolean) => everything(is).filter(Boolean).length;
const byName = ({ calls }: NamedCalls): Record<string, NamedCallSummary> =>
  Object.fromEntries(calls.map((call) => [call.name, call]));
const callsOf = (own: readonly RawObservation[], name: string) =>
  own.map(({ calls }) => calls.filter(({ path }) => path.includes(name))).filter((calls) => calls.length > 0);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

Deno.test("summarizeRun() counts the named calls of a workflow from the journal alone", async (t) => {
  const { of } = await runAll();

  await t.step("times, statuses and accuracy of each call, failed ones included", () => {
    const { named } = of("flow");
    assert(named);
    assert.deepEqual(named.calls.map(({ name }) => name), ["look", "weigh", "ask", "sign"]);
    const { look, weigh, ask, sign } = byName(named);
    assert(look?.accuracy && weigh?.accuracy && ask?.accuracy && sign);
    const total = CASES * REPEATS;
    const failed = count(isKilosUnreadable);
    assert.deepEqual([look.called, look.ok, look.failed, look.unknown], [total, total, 0, 0]);
    assert.deepEqual([weigh.called, weigh.ok, weigh.failed], [total, total - failed, failed]);
    assert.deepEqual([ask.called, ask.ok, ask.abstained], [total - failed, total - failed, 0]);
    assert.deepEqual([look.accuracy.passed, look.accuracy.total], [total - count(isColourWrong), total]);
    const wrong = count((n) => isKilosWrong(n) || isKilosUnreadable(n));
    assert.deepEqual([weigh.accuracy.passed, weigh.accuracy.total], [total - wrong, total]);
    assert.deepEqual([ask.accuracy.passed, ask.accuracy.total], [total - failed, total - failed]);
    assert(sign.failed > 0);
    assert.equal(sign.accuracy, null, "none of its fields is one of the task");
    const clusters = Array.from({ length: CASES }, (_, i) => ({
      passed: [0, 1].filter((repeat) => !isColourWrong(i + 1, repeat)).length,
      total: REPEATS,
    }));
    assert.deepEqual(look.accuracy.interval, clusteredInterval(clusters).interval);
    assert.equal(look.agreement, null, "it was not sampled");
  });

  await t.step("errors by the first wrong call, and the rest: they add up", () => {
    const { cell, named } = of("flow");
    assert(named);
    const { look, weigh, ask, sign } = byName(named);
    const first = count(isColourWrong);
    const second = count((n, r) => !isColourWrong(n, r) && (isKilosWrong(n) || isKilosUnreadable(n)));
    const last = count(isSignUnreadable);
    const body = count((n, r) => isSpoilt(n) && !isColourWrong(n, r));
    assert(body > 0);
    assert.deepEqual([look?.firstWrong, weigh?.firstWrong, ask?.firstWrong, sign?.firstWrong], [
      first,
      second,
      0,
      last,
    ]);
    assert.deepEqual(named.errors, { total: first + second + last + body, noneOfItsOwn: body, unknown: 0 });
    assert.equal(named.errors.total, cell.observed - cell.accuracy.passed);
  });

  await t.step("price, tokens, requests and time of each call are those of its requests", () => {
    for (const variant of ["flow", "voted", "wrapped"]) {
      const { named, own, cell } = of(variant);
      assert(named);
      for (const call of named.calls) {
        const requests = callsOf(own, call.name);
        const all = requests.flat();
        assert.equal(call.calls.total, all.length);
        assert.equal(call.tokens.input, sum(all.map(({ usage }) => usage?.inputTokens ?? 0)));
        assert.equal(call.tokens.output, sum(all.map(({ usage }) => usage?.outputTokens ?? 0)));
        assert(Math.abs((call.costUsd ?? NaN) - sum(all.map(({ costUsd }) => costUsd ?? NaN))) < 1e-12);
        const times = requests.map((calls) => sum(calls.map(({ timing }) => timing.attempts[0]!.durationMs)));
        assert.equal(call.latencyMs?.n, times.length);
        const sorted = times.toSorted((a, b) => a - b);
        const middle =
          (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
        assert(Math.abs(call.latencyMs.p50 - middle) < 1e-9);
      }
      assert.equal(sum(named.calls.map(({ calls }) => calls.total)), cell.calls.total);
      assert.equal(named.beside, null);
    }
  });

  await t.step("a call that was sampled has an agreement; its samples are its requests", () => {
    const { named } = of("voted");
    assert(named);
    const { look, weigh } = byName(named);
    assert(look?.agreement);
    assert.deepEqual([look.called, look.calls.total], [CASES * REPEATS, 3 * CASES * REPEATS]);
    // two of three samples agree where the colour is wrong in every other one
    const shares = everything((n) => n % 4 === 1 ? 2 / 3 : 1);
    assert.equal(look.agreement.n, shares.length);
    assert(Math.abs(look.agreement.share - sum(shares) / shares.length) < 1e-12);
    assert(Math.abs(look.agreement.share + look.agreement.instability - 1) < 1e-12);
    assert.equal(weigh?.agreement, null);
  });

  await t.step("a strategy round the workflow keeps the requests of its calls, and no more", () => {
    const { named, cell } = of("wrapped");
    assert(named);
    assert.deepEqual(named.calls.map(({ name }) => name), ["look", "weigh", "ask", "sign"]);
    const { look, weigh } = byName(named);
    const twice = 2 * CASES * REPEATS;
    assert.deepEqual([look?.called, look?.unknown, look?.ok, look?.accuracy], [twice, twice, 0, null]);
    assert.equal(weigh?.called, twice);
    const errors = cell.observed - cell.accuracy.passed;
    assert.deepEqual(named.errors, { total: errors, noneOfItsOwn: 0, unknown: errors });
  });

  await t.step("requests beside all calls are counted apart", () => {
    const { named, cell } = of("hinted");
    assert.equal(named?.beside?.calls.total, CASES * REPEATS);
    assert.equal(sum(named.calls.map(({ calls }) => calls.total)) + CASES * REPEATS, cell.calls.total);
    assert.deepEqual(named.calls.map(({ name }) => name), ["look", "weigh", "ask", "sign"]);
  });

  await t.step("a program without named calls has none", () => assert.equal(of("plain").named, undefined));
});
