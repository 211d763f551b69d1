import { atomicWrite } from "@lib/io/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileNames, inTempFolder } from "./_temp_folder.ts";

Deno.test("atomicWrite() makes a file and its folders, and replaces what is there", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "a", "b", "run.json");
    await atomicWrite(path, "a long first text\n");
    await atomicWrite(path, "é\0\r\n");
    assert.equal(await Deno.readTextFile(path), "é\0\r\n");
    assert.deepEqual(await fileNames(join(folder, "a", "b")), ["run.json"]);
  }));

Deno.test("atomicWrite() shows a reader one whole text or another, never a part", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "state.json");
    const texts = Array.from({ length: 12 }, (_, index) => String.fromCharCode(97 + index).repeat(200_000));
    await atomicWrite(path, texts[0] ?? "");
    let writing = true;
    const read = async () => {
      const seen: string[] = [];
      do {
        seen.push(await Deno.readTextFile(path));
      } while (writing);
      return seen;
    };
    const reader = read();
    await Promise.all(texts.map((text) => atomicWrite(path, text)));
    writing = false;
    for (const text of await reader) assert(texts.includes(text), `a part of ${text.length} characters`);
    assert.deepEqual(await fileNames(folder), ["state.json"]);
  }));

Deno.test("atomicWrite() leaves no temporary file when the target cannot be replaced", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "taken");
    await Deno.mkdir(join(path, "inner"), { recursive: true });
    await assert.rejects(atomicWrite(path, "text"));
    assert.deepEqual(await fileNames(folder), ["taken"]);
  }));

Deno.test("atomicWrite() throws when the folder is a file, and leaves that file alone", () =>
  inTempFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "kept");
    await assert.rejects(atomicWrite(join(folder, "file", "x.json"), "text"));
    assert.equal(await Deno.readTextFile(join(folder, "file")), "kept");
  }));

Deno.test({
  name: "atomicWrite() keeps the old text and leaves no temporary file when the system refuses to write more",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTempFolder(async (folder) => {
      const path = join(folder, "data.txt");
      await Deno.writeTextFile(path, "old");
      const script = join(folder, "write.ts");
      const source = import.meta.resolve("@lib/io/atomic_write.ts");
      await Deno.writeTextFile(
        script,
        `import { atomicWrite } from ${JSON.stringify(source)};
         await atomicWrite(Deno.args[0], "x".repeat(100_000)).catch((error) => console.log(String(error)));`,
      );
      // a limit of 64 blocks (of 512 or 1024 bytes) on the size of any file that the process writes
      const limited = 'trap "" XFSZ; ulimit -f 64; exec "$@"';
      const deno = [
        Deno.execPath(),
        "run",
        "--no-config",
        "--no-lock",
        "--no-code-cache",
        "-A",
        script,
        path,
      ];
      const { stdout } = await new Deno.Command("sh", { args: ["-c", limited, "sh", ...deno] }).output();
      assert.match(new TextDecoder().decode(stdout), /File too large/);
      assert.equal(await Deno.readTextFile(path), "old");
      assert.deepEqual(await fileNames(folder), ["data.txt", "write.ts"]);
    }),
});
