import { evaluate, firstRequests, loadTask, planRun } from "@lib/experiment/mod.ts";
import { readRecordings } from "@lib/model/mod.ts";
import { type Image, imageContent } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { drawAll } from "../../datasets/image_attributes/draw.ts";
import { place } from "../../datasets/image_attributes/drawing/place.ts";
import { type Scene, SIDE } from "../../datasets/image_attributes/drawing/scene.ts";
import { SCENES } from "../../datasets/image_attributes/drawing/scenes.ts";
import { SIZES, truthOf } from "../../datasets/image_attributes/drawing/truth.ts";
import { look } from "../../datasets/image_attributes/pixels/look.ts";
import { decodePicture, shrink } from "../../datasets/image_attributes/pixels/picture.ts";
import { fileNames, inTempFolder } from "../io/_temp_folder.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const task = await loadTask("image_attributes");
const { cases } = task.dataset;
const picture = ({ input }: typeof cases[number]) => input.picture as Image & { kind: "file" };

Deno.test("draw.ts gives the same bytes again: every picture and the cases", async () => {
  await inTempFolder(async (folder) => {
    await drawAll(folder);
    const pictures = await fileNames(join(task.folder, "pictures"));
    assert.deepEqual(await fileNames(join(folder, "pictures")), pictures);
    assert.equal(pictures.length, cases.length);
    for (const name of ["cases.csv", ...pictures.map((name) => join("pictures", name))]) {
      assert.deepEqual(
        await Deno.readFile(join(folder, name)),
        await Deno.readFile(join(task.folder, name)),
        name,
      );
    }
  });
});

Deno.test("the task has at least 40 pictures, all different, all PNG of 96 x 96, nearly all below 2 kB", () => {
  assert(cases.length >= 40);
  assert.equal(new Set(cases.map((entry) => picture(entry).sha256)).size, cases.length);
  for (const entry of cases) {
    const { mediaType, width, height, source } = picture(entry);
    assert.deepEqual([mediaType, width, height, source], [
      "image/png",
      SIDE,
      SIDE,
      `pictures/${entry.id}.png`,
    ]);
  }
  assert(cases.filter((entry) => picture(entry).bytes > 2000).length <= 2, "grain and specks do not pack");
});

Deno.test("each split has common cases, and at least a quarter that are none; no truth states a confidence", () => {
  for (const split of ["train", "dev", "test"]) {
    const some = cases.filter((entry) => entry.split === split);
    assert(some.length >= 12);
    const common = some.filter(({ coverage }) => coverage === "common").length;
    assert(common >= 6 && common <= some.length * 0.75, `${split}: ${common} of ${some.length}`);
  }
  assert(cases.every(({ expected }) => !("confidence" in expected)));
  assert(
    cases.every(({ coverage, note }) => coverage === "common" || note),
    "an unusual case says what it probes",
  );
});

Deno.test("every value of every attribute is the truth of some case", () => {
  const values = (name: string) => new Set(cases.map(({ expected }) => expected[name]));
  assert.deepEqual(values("shape").size, 6);
  assert.deepEqual(values("colour").size, 10);
  assert.deepEqual(values("size").size, 4);
  assert(values("background").size >= 6 && values("count").size >= 6);
});

const scene = (shapes: Scene["shapes"]): Scene => ({
  seed: 1,
  background: "white",
  shapes,
  context: "",
  coverage: "common",
  split: "train",
});
const truth = (shapes: Scene["shapes"]) => truthOf(scene(shapes), place(scene(shapes)));

Deno.test("truthOf() takes size from the area that a formula gives", () => {
  for (
    const [kind, area] of [["circle", Math.PI], ["square", 2], ["triangle", 3 * Math.sqrt(3) / 4]] as const
  ) {
    for (const [size, border] of Object.entries(SIZES)) {
      const radius = Math.sqrt(border * SIDE ** 2 / area);
      assert.equal(truth([{ kind, colour: "red", radius: radius * 1.02 }]).size, size);
      assert.notEqual(truth([{ kind, colour: "red", radius: radius * 0.98 }]).size, size);
    }
  }
});

Deno.test("truthOf() names the shape of which most can be seen, and refuses a close call", () => {
  const hidden = { kind: "square", colour: "blue", radius: 20, at: [48, 48], turn: 0 } as const;
  const above = { kind: "circle", colour: "red", radius: 17, at: [50, 50], turn: 0 } as const;
  assert.deepEqual(truth([hidden, above]), {
    shape: "circle",
    colour: "red",
    size: "medium",
    count: 2,
    background: "white",
  });
  const rival = { kind: "ring", colour: "green", radius: 18 } as const;
  assert.throws(() => truth([{ kind: "square", colour: "red", radius: 19 }, rival]), RangeError);
});

Deno.test("place() keeps shapes apart and inside the frame, unless a scene says where they stand", () => {
  for (const scene of SCENES.values()) {
    const shapes = place(scene).filter(({ at }) => !at);
    for (const { x, y, radius } of shapes) {
      assert(Math.min(x, y) >= radius + 4 && Math.max(x, y) <= SIDE - radius - 4);
    }
    shapes.forEach((a, index) =>
      shapes.slice(index + 1).forEach((b) =>
        assert(Math.hypot(a.x - b.x, a.y - b.y) >= a.radius + b.radius + 4)
      )
    );
  }
});

Deno.test("eval --replay of image_attributes answers every request from its recordings", async () => {
  await inTempFolder(async (stateFolder) => {
    const { status, summary } = await evaluate(task, { mode: "replay", stateFolder });
    assert.equal(status, "complete");
    for (const { observed, calls, fields } of summary.cells) {
      assert.equal(observed, cases.length);
      assert.equal(calls.recording, calls.total);
      assert.deepEqual(Object.keys(fields), ["shape", "colour", "size", "count", "background"]);
    }
  });
});

Deno.test("the recorded answers are what the pixel program says of the very pictures, right or wrong", async () => {
  const recordings = await readRecordings(join(task.folder, "recordings"), assert.fail);
  assert(recordings.headers.every(({ server }) => server.includes("no language model")));
  const plan = planRun(task, { variants: ["predict"], prompts: ["rules"] });
  for (const entry of cases) {
    const whole = decodePicture(await imageContent(picture(entry)));
    for (const { cell, key } of await firstRequests(plan, entry.id)) {
      const full = cell.includes("pixels-full");
      const { reasoning: _, ...seen } = full ? look(whole, 9) : look(shrink(whole, 4), 1);
      assert.deepEqual(JSON.parse(recordings.get(key)?.reply.text ?? "null"), seen, `${entry.id} ${cell}`);
    }
  }
});

Deno.test("the pixel program reads neither files nor the truth", async () => {
  const sources = [
    "pixel_server.ts",
    ...(await fileNames(join(task.folder, "pixels"))).map((name) => `pixels/${name}`),
  ];
  for (const source of sources) {
    const code = await Deno.readTextFile(join(task.folder, source));
    assert.doesNotMatch(code, /Deno\.(read|open|env|Command)|node:fs|drawing\/|cases\.csv|expected/, source);
  }
});
