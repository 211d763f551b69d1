import { ensureVenv, InputError } from "@lib/io/mod.ts";
import { installerEnvironment } from "@lib/io/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const ignore = Deno.build.os === "windows"; // the stand-ins below are shell scripts

/** A folder for a PATH that holds small programs. */
async function programs(scripts: Record<string, string>): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const [name, script] of Object.entries(scripts)) {
    await Deno.writeTextFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}

/** A uv that notes its calls in `$0.calls` and makes the file that an environment must have. */
const UV = `echo "$@" >> "$0.calls"
if [ "$1" = venv ]; then
  for root; do :; done
  /bin/mkdir -p "$root/bin"; : > "$root/bin/python"; : > "$root/pyvenv.cfg"
fi`;

async function calls(searchPath: string): Promise<string[]> {
  return (await Deno.readTextFile(join(searchPath, "uv.calls"))).trim().split("\n");
}

Deno.test("ensureVenv() says what it needs when there is no Python", async () => {
  const root = join(await Deno.makeTempDir(), "venv");
  await assert.rejects(
    ensureVenv({ packages: [], root, searchPath: await Deno.makeTempDir() }),
    (error) =>
      error instanceof InputError && /no python3 on the PATH[^]*Python 3\.10 or newer/.test(error.message),
  );
});

Deno.test({ name: "ensureVenv() names a Python that is too old", ignore }, async () => {
  const root = join(await Deno.makeTempDir(), "venv");
  const searchPath = await programs({ python3: "echo 3.8.10" });
  await assert.rejects(ensureVenv({ packages: [], root, searchPath }), /python3 is Python 3\.8\.10/);
});

Deno.test({ name: "ensureVenv() starts nothing when all is in place", ignore }, async () => {
  const root = join(await Deno.makeTempDir(), "venv");
  const searchPath = await programs({ uv: UV });
  const lines: string[] = [];
  const first = await ensureVenv({ packages: ["a==1", "b==2"], root, searchPath });
  const second = await ensureVenv({
    packages: ["b==2"],
    root,
    searchPath,
    onProgress: (line) => lines.push(line),
  });
  assert.equal((await calls(searchPath)).length, 2); // venv, pip install
  assert.deepEqual(lines, []);
  assert.equal(second.bin("mlflow"), join(root, "bin", "mlflow"));
  assert.equal(first.python, second.python);
});

Deno.test(
  { name: "ensureVenv() installs another version and keeps the other packages", ignore },
  async () => {
    const root = join(await Deno.makeTempDir(), "venv");
    const searchPath = await programs({ uv: UV });
    await ensureVenv({ packages: ["a==1", "b==2"], root, searchPath });
    await ensureVenv({ packages: ["A==3"], root, searchPath });
    assert.match((await calls(searchPath)).at(-1)!, /^pip install --python \S+ A==3 b==2$/);
  },
);

Deno.test({ name: "ensureVenv() installs once when called twice at the same time", ignore }, async () => {
  const root = join(await Deno.makeTempDir(), "venv");
  const searchPath = await programs({ uv: UV });
  await Promise.all([1, 2, 3].map(() => ensureVenv({ packages: ["a==1"], root, searchPath })));
  assert.equal((await calls(searchPath)).length, 2);
});

Deno.test(
  { name: "ensureVenv() shows the last lines of an installer that fails, and tries again", ignore },
  async () => {
    const root = join(await Deno.makeTempDir(), "venv");
    const failing = `${UV}\nif [ "$1" = pip ]; then echo "no version of a==9" >&2; exit 1; fi`;
    const options = { packages: ["a==9"], root, searchPath: await programs({ uv: failing }) };
    await assert.rejects(ensureVenv(options), /Cannot install Python packages[^]*no version of a==9/);
    await ensureVenv({ ...options, searchPath: await programs({ uv: UV }) });
  },
);

Deno.test({ name: "ensureVenv() never clears a folder that is not an environment", ignore }, async () => {
  const root = await Deno.makeTempDir();
  await Deno.writeTextFile(join(root, "thesis.txt"), "years of work");
  await assert.rejects(
    ensureVenv({ packages: [], root, searchPath: await programs({ uv: UV }) }),
    /holds other files/,
  );
  assert.equal(await Deno.readTextFile(join(root, "thesis.txt")), "years of work");
});

Deno.test("installerEnvironment() tells uv what pip is told, unless uv was told itself", () => {
  const from = (env: Record<string, string>) => installerEnvironment((name) => env[name]);
  assert.deepEqual(from({ PIP_INDEX_URL: "https://mirror/simple" }), {
    UV_DEFAULT_INDEX: "https://mirror/simple",
  });
  assert.deepEqual(from({ PIP_INDEX_URL: "https://a", UV_DEFAULT_INDEX: "https://b" }), {});
});
