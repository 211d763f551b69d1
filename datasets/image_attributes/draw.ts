/**
 * Draws the pictures of this task and writes its cases, the same bytes each time:
 *
 *     deno run -A datasets/image_attributes/draw.ts [FOLDER]
 *
 * @module
 */
import { stringify } from "csv-stringify/sync";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { place } from "./drawing/place.ts";
import { draw } from "./drawing/raster.ts";
import { SCENES } from "./drawing/scenes.ts";
import { truthOf } from "./drawing/truth.ts";

/** Writes `cases.csv` and `pictures/` into a folder. */
export async function drawAll(folder: string): Promise<void> {
  await Deno.mkdir(join(folder, "pictures"), { recursive: true });
  const rows: Record<string, string | number | null>[] = [];
  for (const [id, scene] of SCENES) {
    const shapes = place(scene);
    const picture = `pictures/${id}.png`;
    await Deno.writeFile(join(folder, picture), draw(scene, shapes));
    const { context, coverage, split, note = "" } = scene;
    rows.push({ id, picture, context, ...truthOf(scene, shapes), coverage, split, note });
  }
  await Deno.writeTextFile(join(folder, "cases.csv"), stringify(rows, { header: true }));
}

if (import.meta.main) {
  await drawAll(Deno.args[0] ?? fileURLToPath(new URL(".", import.meta.url)));
}
