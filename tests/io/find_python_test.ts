import { InputError } from "@lib/io/mod.ts";
import { findProgram, findPython } from "@lib/io/find_python.ts";
import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { inTempFolder } from "./_temp_folder.ts";

const ignore = Deno.build.os === "windows"; // the programs here are shell scripts

async function program(folder: string, name: string, script: string): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return join(folder, name);
}

Deno.test({
  name: "findPython() passes over versions that are too old, programs that fail and folders of that name",
  ignore,
  fn: () =>
    inTempFolder(async (folder) => {
      await program(folder, "python3", "echo 3.9.18");
      await program(folder, "python", "exit 1");
      await program(folder, "python3.14", "echo 2.7.18");
      await Deno.mkdir(join(folder, "python3.13"));
      const path = await program(folder, "python3.12", "echo 3.12.1");
      await program(folder, "python3.11", "echo 3.11.2");
      assert.equal(await findPython(folder), path);
    }),
});

Deno.test({
  name: "findPython() compares versions as numbers: 3.10 is newer than 3.9",
  ignore,
  fn: () =>
    inTempFolder(async (folder) => {
      const path = await program(folder, "python3", "echo 3.10.0");
      assert.equal(await findPython(folder), path);
    }),
});

Deno.test({
  name: "findPython() says which version it found in place of a new one, or gives nothing when that will do",
  ignore,
  fn: () =>
    inTempFolder(async (folder) => {
      await program(folder, "python3", "echo 3.9.18");
      assert.equal(await findPython(folder, { optional: true }), undefined);
      await assert.rejects(
        findPython(folder),
        (error) => error instanceof InputError && error.details.found === "python3 is Python 3.9.18",
      );
    }),
});

Deno.test({
  name: "findProgram() takes the first folder of the path that has the program, and passes over missing ones",
  ignore,
  fn: () =>
    inTempFolder(async (folder) => {
      const [a, b] = [join(folder, "a"), join(folder, "b")];
      const path = await program(a, "uv", "");
      await program(b, "uv", "");
      assert.equal(await findProgram("uv", ["", join(folder, "none"), a, b].join(delimiter)), path);
      assert.equal(await findProgram("uv", ""), undefined);
      assert.equal(await findProgram("pip", a), undefined);
    }),
});
