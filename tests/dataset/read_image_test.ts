import { readImage } from "@lib/dataset/mod.ts";
import { InputError } from "@lib/io/mod.ts";
import { IMAGE_LIMITS, imageContent } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { inTempFolder } from "../io/_temp_folder.ts";
import { GIF, latin1, png } from "../signature/_pictures.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const BYTES = png(4, 3);
const refused = (reference: string | Uint8Array, message: RegExp, folder?: string) =>
  assert.rejects(
    readImage(reference, { where: "cases.csv, line 2", ...(folder !== undefined && { folder }) }),
    (error) => {
      assert(error instanceof InputError, String(error));
      assert.match(error.message, message);
      assert.match(error.details.where ?? "", /^cases\.csv, line 2/);
      return true;
    },
  );

/** A folder `task` with `pictures/a.png` in it, and `secret.png` beside it. */
const inTask = (work: (task: string, outside: string) => Promise<void>) =>
  inTempFolder(async (outside) => {
    const task = join(outside, "task");
    await Deno.mkdir(join(task, "pictures"), { recursive: true });
    await Deno.writeFile(join(task, "pictures", "a.png"), BYTES);
    await Deno.writeFile(join(outside, "secret.png"), BYTES);
    await work(task, outside);
  });

Deno.test("readImage() makes the same picture of bytes, a data URI and a path", async () => {
  await inTask(async (folder) => {
    const uri = `data:image/png;base64,${Buffer.from(BYTES).toString("base64")}`;
    const all = [BYTES, uri, "pictures/a.png", "./pictures/a.png"];
    const images = await Promise.all(all.map((reference) => readImage(reference, { folder })));
    assert(images.every((image) => image.kind === "file"));
    assert.equal(new Set(images.map(({ sha256 }) => sha256)).size, 1);
    assert.deepEqual(images.map(({ source }) => source), [
      "bytes",
      "data URI",
      "pictures/a.png",
      "./pictures/a.png",
    ]);
    for (const image of images) {
      assert.deepEqual(Uint8Array.from(await imageContent(image)), Uint8Array.from(BYTES));
    }
  });
});

Deno.test("readImage() goes by the first bytes, not by a name or by what a data URI states", async () => {
  await inTask(async (folder) => {
    await Deno.writeFile(join(folder, "photo.jpg"), GIF);
    const stated = `data:text/html;base64,${Buffer.from(GIF).toString("base64")}`;
    for (const reference of ["photo.jpg", stated]) {
      const image = await readImage(reference, { folder });
      assert(image.kind === "file" && image.mediaType === "image/gif");
    }
    await Deno.writeTextFile(join(folder, "logo.png"), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    await refused("logo.png", /is no picture[^]*<svg/, folder);
    await refused(latin1("<!doctype html>"), /is no picture/);
  });
});

Deno.test("readImage() passes a URL on as it stands, and refuses one with a password or spaces", async () => {
  assert.deepEqual(await readImage("HTTPS://example.org/A.png?w=1"), {
    kind: "link",
    url: "HTTPS://example.org/A.png?w=1",
  });
  await assert.rejects(
    readImage("https://ann:secret@example.org/a.png"),
    (error: Error) => error instanceof InputError && !error.message.includes("secret"),
  );
  await refused("https://example.org/a b.png", /without spaces/);
  await refused("https://", /a URL without spaces/);
});

Deno.test("readImage() never leaves the folder: no `..`, no absolute path, no other scheme, no link that leads out", async () => {
  await inTask(async (folder, outside) => {
    await Deno.symlink(join(outside, "secret.png"), join(folder, "link.png"));
    await Deno.symlink(outside, join(folder, "up"));
    await Deno.symlink(join(folder, "pictures", "a.png"), join(folder, "inside.png"));
    const leave = [
      "../secret.png",
      "pictures/../../secret.png",
      "..",
      join(outside, "secret.png"),
      "C:\\a.png",
      "a\\..\\b",
      "file:///etc/passwd",
      "ftp://example.org/a.png",
      "http:a.png",
      "a.png\0",
      "",
    ];
    for (const path of leave) {
      await refused(path, /Cannot use this as an image[^]*a path inside the folder/, folder);
    }
    for (const path of ["link.png", "up/secret.png"]) await refused(path, /a link that leads out/, folder);
    const inside = await readImage("inside.png", { folder });
    assert(inside.kind === "file" && inside.source === "inside.png");
  });
});

Deno.test("readImage() refuses a path when there is no folder, a missing file, and a folder", async () => {
  await inTask(async (folder) => {
    await refused("pictures/a.png", /a path inside the folder/);
    await refused("pictures/b.png", /Cannot use this as an image[^]*a file that can be read/, folder);
    await refused("pictures", /Cannot use this as an image[^]*expected: a file \(/, folder);
  });
});

Deno.test("readImage() refuses a data URI that is not base64, and one that is too large before it is decoded", async () => {
  await refused("data:image/png,%89PNG", /data URI in base64/);
  await refused("data:image/png;base64,iVBO*", /bytes in base64/);
  await refused(
    `data:image/png;base64,${"A".repeat(IMAGE_LIMITS.bytes * 4 / 3 + 8)}`,
    /A picture is too large/,
  );
});

Deno.test("readImage() refuses a file that is too large without reading it", async () => {
  await inTask(async (folder) => {
    const path = join(folder, "big.png");
    await Deno.writeFile(path, BYTES);
    await Deno.truncate(path, IMAGE_LIMITS.bytes + 1);
    await refused("big.png", /10000001 bytes/, folder);
  });
});

Deno.test("the bytes of a file are read when they are wanted, and a file that has changed is an error", async () => {
  await inTask(async (folder) => {
    const image = await readImage("pictures/a.png", { folder, where: "cases.csv, line 2" });
    assert(image.kind === "file");
    await Deno.writeFile(join(folder, "pictures", "a.png"), png(4, 3, 9));
    await assert.rejects(
      imageContent(image),
      (error: Error) =>
        error instanceof InputError &&
        /has changed[^]*cases\.csv, line 2, pictures\/a\.png/.test(error.message),
    );
    await Deno.writeFile(join(folder, "pictures", "a.png"), BYTES);
    assert.equal((await imageContent(image)).length, BYTES.length);
  });
});
