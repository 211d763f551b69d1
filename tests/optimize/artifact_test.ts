import { digest } from "@lib/io/mod.ts";
import {
  artifactText,
  bootstrapFewShot,
  makeArtifact,
  optimize,
  type OptimizeSetting,
  type Provenance,
} from "@lib/optimize/mod.ts";
import { parseArtifact } from "@lib/program/mod.ts";
import assert from "node:assert/strict";
import { answeringBy, casesOf, Colour, plain, reply, settingAt, truthOf } from "./_setting.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const about: Provenance = {
  task: "colours",
  variant: "predict",
  prompt: "brief",
  model: "local:test-model",
  digests: {
    dataset: "d".repeat(64),
    signature: Colour.digest,
    prompt: Colour.instructions.digest,
    program: digest(plain.describe()),
    model: "m".repeat(64),
  },
  cases: { train: 6, dev: 4 },
  createdAt: "2026-01-02",
};

async function compile(changes: Partial<OptimizeSetting> = {}) {
  await using server = await answeringBy((number) => reply(truthOf(number)));
  await using setting = settingAt(server, changes);
  return await optimize(bootstrapFewShot(), setting);
}

Deno.test("makeArtifact() holds what was tried with its scores, where it comes from and what it cost", async () => {
  const artifact = makeArtifact(await compile(), about);
  const { tried, cost, optimizer, status, comparison, chosen, digests } = artifact;
  assert.deepEqual(
    tried.map(({ name, split, right, total, planned, categories }) => ({
      name,
      split,
      right,
      total,
      planned,
      categories,
    })),
    [
      { name: "baseline", split: "dev", right: 4, total: 4, planned: 4, categories: { correct: 4 } },
      { name: "bootstrapped", split: "dev", right: 4, total: 4, planned: 4, categories: { correct: 4 } },
    ],
  );
  assert.equal(tried[1]?.demos.colour?.length, 4);
  assert.deepEqual(tried[1]?.cost.calls, 4);
  assert(tried[0]?.interval && tried[0].interval[0] > 0.4);
  assert.equal(optimizer.name, "bootstrap");
  assert.deepEqual([status, chosen, comparison?.pairs], ["complete", "bootstrapped", 4]);
  assert.deepEqual(digests, about.digests);
  assert(cost.calls >= 12 && cost.inputTokens > 0);
});

Deno.test("artifactText() is the same for the same compilation, a member a line, and reads back", async () => {
  const [first, second] = [await compile(), await compile()].map((one) =>
    artifactText(makeArtifact(one, about))
  );
  assert.equal(first, second);
  assert.match(first ?? "", /^\{\n {2}"format": "assay-compiled\/1",\n {2}"digest": "[0-9a-f]{64}",\n/);
  assert.equal(parseArtifact(first ?? "", "x.json").variant, "predict");
});

Deno.test("makeArtifact() has a digest over all but the date", async () => {
  const optimized = await compile();
  const { digest: version } = makeArtifact(optimized, about);
  assert.equal(makeArtifact(optimized, { ...about, createdAt: "2027-01-01" }).digest, version);
  for (
    const other of [
      makeArtifact(optimized, { ...about, prompt: "rules" }),
      makeArtifact({ ...optimized, notes: [] }, about),
      makeArtifact(await compile({ train: casesOf("train", 0, 3) }), about),
    ]
  ) assert.notEqual(other.digest, version);
});

Deno.test("artifactText() stays as it is when it is formatted", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, artifactText(makeArtifact(await compile(), about)));
    const args = ["fmt", "--check", "--no-config", "--line-width", "110", path];
    const { success } = await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" })
      .output();
    assert(success);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("makeArtifact() refuses to make one of nothing", async () => {
  const optimized = await compile({ limits: { maxCalls: 1 } });
  assert.throws(() => makeArtifact(optimized, about), TypeError);
});
