import { digestText, InputError } from "@lib/io/mod.ts";
import { promptFile } from "@lib/prompt/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Runs `work` with a folder that holds `rules.md`, and a module in that folder as the base. */
async function withFile(
  content: string,
  work: (base: string, path: string) => void | Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "rules.md");
    await Deno.writeTextFile(path, content);
    await work(pathToFileURL(join(folder, "task.ts")).href, path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("promptFile() reads a file beside the module that names it, with digest and name", () =>
  withFile("Label one mail.\n\n- é\n", (base) => {
    const text = "Label one mail.\n\n- é";
    assert.deepEqual(promptFile("./rules.md", base), { text, digest: digestText(text), source: "rules.md" });
  }));

Deno.test("promptFile() gives the same text and digest whatever the line ends of the checkout", () =>
  withFile("a\nb\n", (unix) =>
    withFile("a\r\nb\r\n\r\n", (windows) => {
      assert.deepEqual(promptFile("rules.md", windows), promptFile("rules.md", unix));
    })));

Deno.test("promptFile() keeps spaces and empty lines before the end", () =>
  withFile("  a  \n\n\tb", (base) => assert.equal(promptFile("rules.md", base).text, "  a  \n\n\tb")));

Deno.test("promptFile() takes another digest for another text", () =>
  withFile("a", (base, path) => {
    const before = promptFile("rules.md", base).digest;
    Deno.writeTextFileSync(path, "a.");
    assert.notEqual(promptFile("rules.md", base).digest, before);
  }));

Deno.test("promptFile() names the file that is missing", () =>
  withFile("a", (base, path) => {
    assert.throws(() => promptFile("./rule.md", base), (error) => {
      assert(error instanceof InputError);
      assert.equal(error.details.where, join(path, "..", "rule.md"));
      assert(error.cause instanceof Deno.errors.NotFound);
      return true;
    });
  }));

Deno.test("promptFile() refuses an empty file", () =>
  withFile(" \n\r\n", (base) => {
    assert.throws(() => promptFile("./rules.md", base), /^InputError: Empty prompt file/);
  }));
