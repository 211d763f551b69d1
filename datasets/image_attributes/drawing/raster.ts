import { encode } from "fast-png";
import { seededRandom } from "@lib/stats/mod.ts";
import { COLOURS, type PlacedShape, type Scene, SIDE } from "./scene.ts";

type Rgb = readonly [number, number, number];

/** Sample points along each side of a pixel: edges are smooth, as in a photograph. */
const SAMPLES = 4;

/** Draws a scene. */
export function draw(scene: Scene, shapes: readonly PlacedShape[]): Uint8Array {
  const data = new Uint8Array(SIDE * SIDE * 3);
  const random = seededRandom(scene.seed + 1);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const grain = scene.grain ? (random() - 0.5) * 2 * scene.grain : 0;
      const speck = scene.specks !== undefined && random() < scene.specks;
      const colour = speck ? speckOf(random) : pixel(scene, shapes, x, y);
      data.set(
        colour.map((value) => Math.max(0, Math.min(255, Math.round(value + grain)))),
        (y * SIDE + x) * 3,
      );
    }
  }
  return encode({ width: SIDE, height: SIDE, channels: 3, depth: 8, data });
}

/** Whether a point is inside a shape: distances from its centre, turned back into its own axes. */
export function covers({ kind, x, y, radius, turn }: PlacedShape, px: number, py: number): boolean {
  const [dx, dy] = [px - x, py - y];
  const u = (dx * Math.cos(turn) + dy * Math.sin(turn)) / radius;
  const v = (dy * Math.cos(turn) - dx * Math.sin(turn)) / radius;
  switch (kind) {
    case "circle":
      return u * u + v * v <= 1;
    case "ring":
      return u * u + v * v <= 1 && u * u + v * v >= 0.55 ** 2;
    case "square":
      return Math.max(Math.abs(u), Math.abs(v)) <= Math.SQRT1_2;
    case "triangle":
      return v <= 0.5 && v >= -1 + Math.sqrt(3) * Math.abs(u);
    case "cross":
      return Math.min(Math.abs(u), Math.abs(v)) <= 0.28 && Math.max(Math.abs(u), Math.abs(v)) <= 0.96;
  }
}

function pixel(scene: Scene, shapes: readonly PlacedShape[], x: number, y: number): Rgb {
  const sum = [0, 0, 0];
  for (let step = 0; step < SAMPLES * SAMPLES; step++) {
    const px = x + (step % SAMPLES + 0.5) / SAMPLES;
    const py = y + (Math.floor(step / SAMPLES) + 0.5) / SAMPLES;
    point(scene, shapes, px, py).forEach((value, channel) => sum[channel] = (sum[channel] ?? 0) + value);
  }
  const light = 1 - (scene.shade ?? 0) * x / SIDE; // whole pixels, so that a row repeats and packs well
  const [red = 0, green = 0, blue = 0] = sum.map((value) => value / SAMPLES ** 2 * light);
  return [red, green, blue];
}

/** The colour at a point: what was laid down last is on top. */
function point(scene: Scene, shapes: readonly PlacedShape[], px: number, py: number): Rgb {
  if (scene.thread && Math.abs(py - SIDE / 2 - (px - SIDE / 2) * 0.3) <= 1) return COLOURS[scene.thread];
  const top = shapes.findLast((shape) => covers(shape, px, py));
  if (!top) return scene.card && px >= SIDE * 0.7 ? COLOURS[scene.card] : COLOURS[scene.background];
  if (top.cut && Math.abs(px - top.x) <= 1.5) return COLOURS[scene.background];
  const second = top.second && px - top.x > top.radius * 0.2;
  return mix(
    COLOURS[second && top.second ? top.second : top.colour],
    COLOURS[scene.background],
    top.fade ?? 0,
  );
}

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const [red, green, blue] = a;
  return [red + (b[0] - red) * share, green + (b[1] - green) * share, blue + (b[2] - blue) * share];
}

function speckOf(random: () => number): Rgb {
  return [random() * 255, random() * 255, random() * 255];
}
