import { coverageReport, loadDataset } from "@lib/dataset/mod.ts";
import { InputError } from "@lib/io/mod.ts";
import { type Image, image, signature, unscored } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { inTempFolder } from "../io/_temp_folder.ts";
import { png } from "../signature/_pictures.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const Shape = signature({
  name: "shape",
  instructions: "",
  input: { photo: image().nullable(), context: z.string() },
  output: { shape: z.string(), confidence: unscored(z.number()) },
});
const Pages = signature({
  name: "pages",
  instructions: "",
  input: { pages: z.array(image()).min(1) },
  output: { title: z.string() },
});

/** A folder with pictures `a.png`, its twin `copy.png`, and `b.png`. */
const inTask = (work: (write: (name: string, text: string) => Promise<string>) => Promise<void>) =>
  inTempFolder(async (folder) => {
    for (const [name, grey] of [["a.png", 1], ["copy.png", 1], ["b.png", 2]] as const) {
      await Deno.writeFile(join(folder, name), png(4, 3, grey));
    }
    await work(async (name, text) => {
      await Deno.writeTextFile(join(folder, name), text);
      return join(folder, name);
    });
  });

Deno.test("loadDataset() puts pictures in the place of paths and URLs, from a table and from lines", async () => {
  await inTask(async (write) => {
    const csv = await write(
      "cases.csv",
      "id,photo,context,shape\nx1,a.png,one,disc\nx2,https://example.org/a.png,two,bar\nx3,,three,none\n",
    );
    const lines = await write(
      "cases.jsonl",
      [
        { id: "x1", input: { photo: "a.png", context: "one" }, expected: { shape: "disc" } },
        {
          id: "x2",
          input: { photo: "https://example.org/a.png", context: "two" },
          expected: { shape: "bar" },
        },
        { id: "x3", input: { photo: null, context: "three" }, expected: { shape: "none" } },
      ].map((entry) => JSON.stringify(entry)).join("\n"),
    );
    const [table, listed] = await Promise.all([csv, lines].map((path) => loadDataset(path, Shape)));
    const photos = table!.cases.map(({ input }) => input.photo);
    assert(photos[0]?.kind === "file" && photos[0].source === "a.png" && photos[0].width === 4);
    assert.deepEqual(photos.slice(1), [{ kind: "link", url: "https://example.org/a.png" }, null]);
    assert.equal(table!.digest, listed!.digest);
  });
});

Deno.test("loadDataset() puts pictures in the place of a list of paths", async () => {
  await inTask(async (write) => {
    const path = await write("cases.csv", 'id,pages,title\nx1,"[""a.png"",""b.png""]",Bars\n');
    const { cases: [first] } = await loadDataset(path, Pages);
    assert.deepEqual(first?.input.pages.map((page: Image) => page.kind === "file" && page.source), [
      "a.png",
      "b.png",
    ]);
  });
});

Deno.test("loadDataset() covers the bytes of the pictures by its digest", async () => {
  await inTask(async (write) => {
    const path = await write("cases.csv", "id,photo,context,shape\nx1,a.png,one,disc\n");
    const before = await loadDataset(path, Shape);
    assert.equal((await loadDataset(path, Shape)).digest, before.digest);
    await Deno.writeFile(join(path, "..", "a.png"), png(4, 3, 77));
    assert.notEqual((await loadDataset(path, Shape)).digest, before.digest);
  });
});

Deno.test("loadDataset() finds the same picture under two names as a duplicate input", async () => {
  await inTask(async (write) => {
    const twice = await write(
      "cases.csv",
      "id,photo,context,shape\nx1,a.png,one,disc\nx2,copy.png,one,bar\n",
    );
    await assert.rejects(loadDataset(twice, Shape), /Contradicting truths for the same input/);
    const other = await write("cases.csv", "id,photo,context,shape\nx1,a.png,one,disc\nx2,b.png,one,bar\n");
    assert.equal((await loadDataset(other, Shape)).cases.length, 2);
  });
});

Deno.test("loadDataset() names line and field of a picture that it cannot use", async () => {
  await inTask(async (write) => {
    const rejects = async (cell: string, message: RegExp) => {
      const path = await write(
        "cases.csv",
        `id,photo,context,shape\nx1,a.png,one,disc\nx2,${cell},two,bar\n`,
      );
      await assert.rejects(loadDataset(path, Shape), (error: Error) => {
        assert(error instanceof InputError);
        assert.match(error.message, message);
        assert.match(error.message, /cases\.csv, line 3, field photo/);
        return true;
      });
    };
    await rejects("missing.png", /Cannot use this as an image/);
    await rejects("../a.png", /a path inside the folder/);
    await rejects("cases.csv", /is no picture/);
    const number = await write(
      "n.jsonl",
      JSON.stringify({ id: "x", input: { photo: 7, context: "" }, expected: { shape: "" } }),
    );
    await assert.rejects(
      loadDataset(number, Shape),
      /does not fit the signature[^]*field photo[^]*expected an image/,
    );
  });
});

Deno.test("loadDataset() wants no column for a field without a truth, and refuses one", async () => {
  await inTask(async (write) => {
    const path = await write("cases.csv", "id,photo,context,shape,confidence\nx1,a.png,one,disc,1\n");
    await assert.rejects(loadDataset(path, Shape), /Unknown column "confidence"/);
    const input = { photo: "a.png", context: "" };
    const lines = await write(
      "c.jsonl",
      JSON.stringify({ id: "x", input, expected: { shape: "disc", confidence: 1 } }),
    );
    await assert.rejects(loadDataset(lines, Shape), /Unknown column "confidence"/);
  });
});

Deno.test("coverageReport() counts neither pictures as text nor values of fields without a truth", async () => {
  await inTask(async (write) => {
    const path = await write("cases.csv", "id,photo,context,shape\nx1,a.png,four,disc\n");
    const { values, inputCharacters } = coverageReport(await loadDataset(path, Shape), Shape);
    assert.deepEqual(values, { shape: { disc: 1 } });
    assert.deepEqual(inputCharacters, [4, 4, 4]);
  });
});
