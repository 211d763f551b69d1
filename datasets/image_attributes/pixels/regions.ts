import { colourDistance, type Rgb } from "./colour_name.ts";
import { meanColour, type Picture } from "./picture.ts";

/** Pixels that hang together, by position in the picture. */
export type Region = readonly number[];

/** Least distance of a pixel's colour from the background's at which it belongs to a shape. */
export const CONTRAST = 48;

/** The colour that most of the picture's frame has. */
export function backgroundOf({ width, height, pixels }: Picture): Rgb {
  const bins = new Map<string, Rgb[]>();
  pixels.forEach((pixel, index) => {
    const [x, y] = [index % width, Math.floor(index / width)];
    if (x > 1 && y > 1 && x < width - 2 && y < height - 2) return;
    const bin = pixel.map((value) => Math.round(value / 32)).join();
    const members = bins.get(bin) ?? [];
    members.push(pixel);
    bins.set(bin, members);
  });
  const [largest] = [...bins.values()].sort((a, b) => b.length - a.length);
  return meanColour(largest ?? [[0, 0, 0]]);
}

/** Regions that stand out from the background, the largest first; smaller ones than `least` pixels are dirt. */
export function regionsOf({ width, height, pixels }: Picture, background: Rgb, least: number): Region[] {
  const inShape = pixels.map((pixel) => colourDistance(pixel, background) > CONTRAST);
  return connected(width, height, (index) => inShape[index] === true)
    .filter((region) => region.length >= least)
    .sort((a, b) => b.length - a.length);
}

/** Share of a region's own size that lies in its holes. */
export function holeShare(region: Region, { width, height }: Picture): number {
  const own = new Set(region);
  const outside = connected(width, height, (index) => !own.has(index));
  const atFrame = (index: number) =>
    index % width === 0 || index % width === width - 1 || index < width || index >= width * (height - 1);
  const holes = outside.filter((part) => !part.some(atFrame));
  return holes.reduce((sum, hole) => sum + hole.length, 0) / region.length;
}

/** Groups of pixels that touch by an edge. */
function connected(width: number, height: number, belongs: (index: number) => boolean): number[][] {
  const seen = new Uint8Array(width * height);
  const groups: number[][] = [];
  for (let start = 0; start < width * height; start++) {
    if (seen[start] || !belongs(start)) continue;
    const group = [start];
    seen[start] = 1;
    for (const index of group) {
      const x = index % width;
      const near = [x > 0 ? index - 1 : -1, x < width - 1 ? index + 1 : -1, index - width, index + width];
      for (const next of near) {
        if (next < 0 || next >= width * height || seen[next] || !belongs(next)) continue;
        seen[next] = 1;
        group.push(next);
      }
    }
    groups.push(group);
  }
  return groups;
}
