import { covers } from "./raster.ts";
import { type PlacedShape, type Scene, SIDE } from "./scene.ts";

/** Truth of a picture, as the columns of the dataset. */
export interface Truth {
  shape: string | null;
  colour: string | null;
  size: "small" | "medium" | "large" | null;
  count: number;
  background: string;
}

/** Smallest share of the picture from which on the main shape is medium, and large. */
export const SIZES = { medium: 0.04, large: 0.15 } as const;

/**
 * What is true of a scene by construction. The main shape is the one of which most pixels can be seen; of
 * equally visible ones the first.
 *
 * @throws RangeError when two shapes of different kind, colour or size come too close to call.
 */
export function truthOf({ background }: Scene, shapes: readonly PlacedShape[]): Truth {
  const areas = visibleAreas(shapes);
  const ranked = shapes.map((shape, index) => ({ shape, area: areas[index] ?? 0 })).sort((a, b) =>
    b.area - a.area
  );
  const [main, ...others] = ranked;
  if (!main) return { shape: null, colour: null, size: null, count: 0, background };
  const size = sizeOf(main.area);
  const rival = others.find(({ shape, area }) =>
    area > main.area * 0.8 &&
    (shape.kind !== main.shape.kind || shape.colour !== main.shape.colour || sizeOf(area) !== size)
  );
  if (rival) {
    throw new RangeError(`Cannot tell the main shape as two are of ${main.area} and ${rival.area} pixels`);
  }
  return { shape: main.shape.kind, colour: main.shape.colour, size, count: shapes.length, background };
}

/** Pixels of each shape that no later one covers. */
function visibleAreas(shapes: readonly PlacedShape[]): number[] {
  const areas = shapes.map(() => 0);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const top = shapes.findLastIndex((shape) => covers(shape, x + 0.5, y + 0.5));
      if (top >= 0) areas[top] = (areas[top] ?? 0) + 1;
    }
  }
  return areas;
}

function sizeOf(area: number) {
  const share = area / SIDE ** 2;
  return share >= SIZES.large ? "large" : share >= SIZES.medium ? "medium" : "small";
}
