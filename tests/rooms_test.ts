import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { importFaults, ROOMS } from "./_import_rules.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* sources(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

Deno.test("the project imports only upwards, and other rooms through their mod.ts", async () => {
  const faults: string[] = [];
  let files = 0;
  for (const folder of ["lib", "scripts", "datasets"]) {
    for await (const path of sources(join(ROOT, folder))) {
      files++;
      const name = relative(ROOT, path).replaceAll("\\", "/");
      faults.push(...importFaults(name, await Deno.readTextFile(path)));
    }
  }
  assert.deepEqual(faults, []);
  assert(files > 50, `${files} files were looked at`);
});

Deno.test("every room of lib/ has its place in the order and a mod.ts", async () => {
  for await (const entry of Deno.readDir(join(ROOT, "lib"))) {
    assert(ROOMS.includes(entry.name), `lib/${entry.name} has no place in the order of rooms`);
    assert((await Deno.stat(join(ROOT, "lib", entry.name, "mod.ts"))).isFile);
  }
});

Deno.test("lib/ never touches Deno.jupyter, prints or ends the process", async () => {
  for await (const path of sources(join(ROOT, "lib"))) {
    const code = (await Deno.readTextFile(path)).replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
    assert.doesNotMatch(code, /Deno\.jupyter|console\.|Deno\.exit\(/, relative(ROOT, path));
  }
});

Deno.test("importFaults() names an import against the order of rooms", () => {
  const [fault] = importFaults("lib/io/digest.ts", 'import { likeness } from "../signature/mod.ts";');
  assert.equal(fault, "lib/io/digest.ts: room io imports room signature, which stands below it");
});

Deno.test("importFaults() names an import past a front door, dynamic ones and scripts too", () => {
  assert.match(
    importFaults("lib/model/cache.ts", 'const x = await import("../io/digest.ts");')[0] ?? "",
    /past the front door of room io/,
  );
  assert.match(
    importFaults("scripts/eval.ts", 'export { x } from "../lib/io/digest.ts";')[0] ?? "",
    /past the front door/,
  );
  assert.match(
    importFaults("datasets/a/task.ts", 'import "@lib/io/digest.ts";')[0] ?? "",
    /past the front door/,
  );
});

Deno.test("importFaults() names lib/ importing tests, assertions or jsr", () => {
  assert.equal(importFaults("lib/io/a.ts", 'import x from "../../tests/x.ts";').length, 1);
  assert.equal(importFaults("lib/io/a.ts", 'import assert from "node:assert/strict";').length, 1);
  assert.equal(importFaults("scripts/a.ts", 'import x from "jsr:@std/csv";').length, 1);
});

Deno.test("importFaults() accepts rooms above, a room's own files, and examples in comments", () => {
  const source =
    '/** import x from "@lib/report/table.ts"; */\nimport { digest } from "../io/mod.ts";\nimport { a } from "./a.ts";';
  assert.deepEqual(importFaults("lib/model/cache.ts", source), []);
});
