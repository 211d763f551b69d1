import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const README = await Deno.readTextFile(join(ROOT, "README.md"));

Deno.test("the README opens with the two commands", () => {
  const [first = "", second = ""] = /```sh\n([\s\S]*?)```/.exec(README)?.[1]?.split("\n") ?? [];
  assert.match(first, /^npx -y deno@2\.9\.6 task eval\s/);
  assert.match(second, /^npx -y deno@2\.9\.6 task test\s/);
});

Deno.test("the README's library example prints the matrix as it stands there", async () => {
  const code = /```ts\n([\s\S]*?)```/.exec(README)?.[1];
  assert(code);
  assert(code.trim().split("\n").length <= 14);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", code],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const printed = new TextDecoder().decode(stdout);
  assert.match(printed, /variant\s+prompt\s+model\s+accuracy/);
  assert.match(printed, /predict\s+rules\s+local:qwen2\.5-coder-1\.5b\s+\d/);
});

Deno.test("the README names only tasks of deno.json and files that exist", async () => {
  const tasks = Object.keys(JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))).tasks);
  for (const [, name = ""] of README.matchAll(/deno(?:@2\.9\.6)? task ([a-z]+)/g)) {
    assert(tasks.includes(name), `deno task ${name} is in the README, but not in deno.json`);
  }
  for (const [, link = ""] of README.matchAll(/\]\(([^)#:]+)\)/g)) {
    assert(await Deno.stat(join(ROOT, link)).then(() => true, () => false), `${link} does not exist`);
  }
});
