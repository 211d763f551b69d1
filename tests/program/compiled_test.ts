import { digest, InputError } from "@lib/io/mod.ts";
import {
  artifactDigest,
  artifactFile,
  compiled,
  type CompiledArtifact,
  LeakError,
  parseArtifact,
  predict,
  type Scope,
} from "@lib/program/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { answering, Capital, FRANCE, PARIS, scopeAt } from "./_scope.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const program = predict(Capital, { corrections: 0 });
const ROME = { continent: "europe", city: "Rome" };

/** An artifact for {@linkcode program} with its digest. */
function artifactOf(changes: Partial<CompiledArtifact> = {}): CompiledArtifact {
  const content = {
    format: "assay-compiled/1" as const,
    variant: "predict",
    digests: { signature: Capital.digest, program: digest(program.describe()) },
    instructions: { capital: "Say it." },
    demos: {
      capital: [{ from: "labelled" as const, case: { id: "c1" }, input: { country: "Italy" }, output: ROME }],
    },
    ...changes,
  };
  return { ...content, digest: artifactDigest(content) };
}

const under = (id: string, input: Record<string, string> = FRANCE): NonNullable<Scope["case"]> => ({
  id,
  input,
  state: {},
  earlier: [],
});

Deno.test("compiled() shows the examples of its artifact, under its instructions", async () => {
  await using server = await answering([]);
  await using scope = scopeAt(server, { case: under("c2") });
  const prediction = await compiled(program, artifactOf()).run(FRANCE, scope);
  assert(prediction.status === "ok");
  assert.deepEqual(prediction.output, PARIS);
  const messages = server.requests()[0]!.body.messages;
  assert(String(messages[0]?.content).startsWith("Say it.\n"));
  assert.deepEqual(messages.slice(1).map(({ role, content }) => [role, content]), [
    ["user", "<country>\nItaly\n</country>"],
    ["assistant", JSON.stringify(ROME)],
    ["user", "<country>\nFrance\n</country>"],
  ]);
});

Deno.test("compiled() refuses the case that an example comes from, and its near-duplicates, before a request", async () => {
  await using server = await answering([]);
  for (const [id, input] of [["c1", FRANCE], ["c9", { country: "ITALY!" }]] as const) {
    await using scope = scopeAt(server, { case: under(id, input) });
    await assert.rejects(compiled(program, artifactOf()).run(input, scope), (error) => {
      assert(error instanceof LeakError);
      assert.match(error.message, new RegExp(`case ${id} would be shown c1`));
      return true;
    });
  }
  assert.equal(server.stats().total, 0);
});

Deno.test("compiled() tells twins of the case by the case's own input, where the call's is another", async () => {
  await using server = await answering([]);
  await using scope = scopeAt(server, { case: under("c2", { country: "Italy" }) });
  const [demo] = artifactOf().demos.capital!;
  const of = (input: Record<string, string>) =>
    artifactOf({ demos: { capital: [{ ...demo!, input: { country: "It." }, case: { id: "c1", input } }] } });
  await assert.rejects(compiled(program, of({ country: "italy" })).run(FRANCE, scope), LeakError);
  assert.equal((await compiled(program, of({ country: "Spain" })).run(FRANCE, scope)).status, "ok");
});

Deno.test("compiled() puts examples of the programs round it behind its own, each case once", async () => {
  await using server = await answering([]);
  const other = (id: string, country: string) => ({
    input: { country },
    output: ROME,
    origin: { id, input: { country } },
  });
  await using scope = scopeAt(server, {
    demos: { capital: [other("c1", "Italy"), other("c5", "Spain")], another: [other("c6", "Peru")] },
  });
  await compiled(program, artifactOf()).run(FRANCE, scope);
  const users = server.requests()[0]!.body.messages.filter(({ role }) => role === "user");
  assert.deepEqual(users.map(({ content }) => /\n(.*)\n/.exec(String(content))?.[1]), [
    "Italy",
    "Spain",
    "France",
  ]);
});

Deno.test("compiled() has the digest of its artifact in its version, and the forecast of its program", () => {
  const [one, other] = [artifactOf(), artifactOf({ instructions: {} })].map((made) =>
    compiled(program, made)
  );
  assert.notEqual(digest(one!.describe()), digest(other!.describe()));
  assert.deepEqual(one!.describe(), {
    strategy: "compiled",
    artifact: artifactOf().digest,
    program: program.describe(),
  });
  assert.deepEqual(one!.forecast(), program.forecast());
});

Deno.test("compiled() refuses, when it runs, an artifact of another program or signature, and says how to mend it", async () => {
  await using server = await answering([]);
  await using scope = scopeAt(server);
  const Other = signature({
    name: "capital",
    instructions: "",
    input: { country: z.string() },
    output: { city: z.string() },
  });
  for (
    const [changed, what] of [
      [predict(Capital, { maxTokens: 100 }), "program"],
      [predict(Other), "signature"],
    ] as const
  ) {
    await assert.rejects(compiled(changed, artifactOf()).run(FRANCE, scope), (error) => {
      assert(error instanceof InputError);
      assert.match(
        error.message,
        new RegExp(`no longer fits its ${what}[\\s\\S]*deno task compile TASK --variant predict`),
      );
      return true;
    });
  }
  assert.equal(server.stats().total, 0);
});

Deno.test("parseArtifact() refuses what is no artifact, and one that was changed by hand, with the way out", () => {
  const good = JSON.stringify(artifactOf());
  assert.deepEqual(parseArtifact(good, "x.json"), artifactOf());
  for (
    const [text, what] of [
      ["{", /no JSON/],
      ["{}", /Not a compiled artifact[\s\S]*x\.json, format/],
      [good.replace("assay-compiled/1", "assay-compiled/9"), /x\.json, format/],
      [good.replace('"from":"labelled"', '"from":"guessed"'), /x\.json, demos, capital, 0, from/],
      [good.replace("Say it.", "Say it now."), /changed by hand/],
    ] as const
  ) {
    assert.throws(() => parseArtifact(text, "x.json"), (error) => {
      assert(error instanceof InputError);
      assert.match(error.message, what);
      assert.match(error.message, /compile again/);
      return true;
    });
  }
});

Deno.test("parseArtifact() keeps what stands beside, and counts it in the digest but for the date", () => {
  const content = { ...artifactOf(), createdAt: "2026-01-01", tried: [{ name: "baseline" }] };
  const whole = { ...content, digest: artifactDigest(content) };
  assert.notEqual(whole.digest, artifactOf().digest);
  assert.equal(
    parseArtifact(JSON.stringify({ ...whole, createdAt: "2027-01-01" }), "x.json").digest,
    whole.digest,
  );
  assert.throws(() => parseArtifact(JSON.stringify({ ...whole, tried: [] }), "x.json"), InputError);
});

Deno.test("artifactFile() reads beside the module that names it, and says what to do when there is none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "a.json"), JSON.stringify(artifactOf()));
    const base = pathToFileURL(join(folder, "task.ts")).href;
    assert.equal(artifactFile("./a.json", base).digest, artifactOf().digest);
    assert.throws(
      () => artifactFile("./b.json", base),
      /Cannot read a compiled artifact[\s\S]*b\.json[\s\S]*compile again/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
