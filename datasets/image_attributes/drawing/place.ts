import { seededRandom } from "@lib/stats/mod.ts";
import { type PlacedShape, type Scene, type Shape, SIDE } from "./scene.ts";

/** Pixels between a shape that is placed by lot and its neighbours or the frame. */
const CLEAR = 4;

/**
 * Gives each shape its place and turn: as stated, else by lot from the scene's seed, clear of others and the frame.
 *
 * @throws RangeError when there is no room.
 */
export function place(scene: Scene): PlacedShape[] {
  const random = seededRandom(scene.seed);
  for (let attempt = 0; attempt < 2000; attempt++) {
    const placed = tryPlaces(scene.shapes, random);
    if (placed) return placed;
  }
  throw new RangeError(`Cannot place ${scene.shapes.length} shapes as there is no room for them`);
}

function tryPlaces(shapes: readonly Shape[], random: () => number): PlacedShape[] | undefined {
  const placed: PlacedShape[] = [];
  for (const shape of shapes) {
    const turn = shape.turn ?? random() * 2 * Math.PI;
    const margin = shape.radius + CLEAR;
    const lot = () => margin + random() * (SIDE - 2 * margin);
    const [x, y] = shape.at ?? [lot(), lot()];
    const clear = placed.every((other) =>
      Math.hypot(other.x - x, other.y - y) >= other.radius + shape.radius + CLEAR
    );
    if (!shape.at && !clear) return undefined;
    placed.push({ ...shape, x, y, turn });
  }
  return placed;
}
