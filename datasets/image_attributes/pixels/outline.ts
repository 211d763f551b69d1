import type { Region } from "./regions.ts";

/** What the outline of a region measures. */
export interface Outline {
  /** Shortest over longest distance from the centre of gravity to the edge, 0 to 1. */
  roundness: number;
  /** How strongly the distance rises and falls three times in a turn, relative to its mean. */
  three: number;
  /** The same for four times. */
  four: number;
}

/** Directions that are measured. */
const DIRECTIONS = 36;

/** Measures the distance from the centre of gravity to the farthest pixel in every direction (its Fourier components). */
export function outlineOf(region: Region, width: number): Outline {
  const points = region.map((index) => [index % width, Math.floor(index / width)] as const);
  const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [cx, cy] = [mean(0), mean(1)];
  const reach = Array<number>(DIRECTIONS).fill(0);
  for (const [x, y] of points) {
    const direction = Math.floor((Math.atan2(y - cy, x - cx) / (2 * Math.PI) + 1) * DIRECTIONS) % DIRECTIONS;
    reach[direction] = Math.max(reach[direction] ?? 0, Math.hypot(x - cx, y - cy) + 0.5);
  }
  const known = fill(reach);
  const average = known.reduce((sum, value) => sum + value, 0) / DIRECTIONS;
  return {
    roundness: Math.min(...known) / Math.max(...known),
    three: wave(known, 3) / average,
    four: wave(known, 4) / average,
  };
}

/** The kind of shape that an outline without a hole is nearest to. */
export function kindOf({ roundness, three, four }: Outline): { kind: string; margin: number } {
  if (Math.max(three, four) < 0.04) return { kind: "circle", margin: 1 - Math.max(three, four) / 0.04 };
  const margin = Math.min(1, Math.abs(three - four) / 0.1);
  if (three > four) return { kind: "triangle", margin };
  return {
    kind: roundness < 0.53 ? "cross" : "square",
    margin: Math.min(margin, Math.abs(roundness - 0.53) / 0.13),
  };
}

/** A direction in which no pixel lies, as in tiny regions, takes the mean of its neighbours. */
function fill(reach: readonly number[]): number[] {
  return reach.map((value, index) => {
    if (value > 0) return value;
    const ahead = reach.findIndex((_, step) => (reach[(index + step) % DIRECTIONS] ?? 0) > 0);
    const behind = reach.findIndex((_, step) => (reach[(index - step + DIRECTIONS) % DIRECTIONS] ?? 0) > 0);
    const at = (place: number) => reach[(place + DIRECTIONS) % DIRECTIONS] ?? 0;
    return (at(index + ahead) + at(index - behind)) / 2;
  });
}

/** Amplitude of a wave that runs `times` round the centre. */
function wave(reach: readonly number[], times: number): number {
  const angle = (index: number) => 2 * Math.PI * times * index / DIRECTIONS;
  const along = reach.reduce((sum, value, index) => sum + value * Math.cos(angle(index)), 0);
  const across = reach.reduce((sum, value, index) => sum + value * Math.sin(angle(index)), 0);
  return 2 * Math.hypot(along, across) / DIRECTIONS;
}
