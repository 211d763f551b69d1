import { colourDistance, colourName, type Rgb } from "./colour_name.ts";
import { kindOf, outlineOf } from "./outline.ts";
import { meanColour, type Picture } from "./picture.ts";
import { backgroundOf, CONTRAST, holeShare, type Region, regionsOf } from "./regions.ts";

/** What was seen in a picture. */
export interface Seen {
  shape: string | null;
  colour: string | null;
  size: string | null;
  count: number;
  background: string;
  /** 0 to 1: the smallest of the margins by which colour, shape and size were decided. Not calibrated. */
  confidence: number;
  /** The measurements in words. */
  reasoning: string;
}

/** Smallest share of the picture from which on a shape is medium, and large; the prompts of the task say the same. */
const SIZES = { medium: 0.04, large: 0.15 } as const;

/**
 * Describes a picture by its pixels alone: what stands out from the colour of the frame hangs together in
 * regions; the largest is the main shape.
 *
 * @param least Pixels below which a region is dirt.
 */
export function look(picture: Picture, least: number): Seen {
  const background = backgroundOf(picture);
  const regions = regionsOf(picture, background, least);
  const [main] = regions;
  const about = { count: regions.length, background: colourName(background) };
  if (!main) {
    const reasoning = `Nothing stands out from the ${about.background} frame.`;
    return { shape: null, colour: null, size: null, ...about, confidence: 0.9, reasoning };
  }
  const { kind, margin } = shapeOf(main, picture);
  const share = main.length / picture.pixels.length;
  const pixels = main.map((index) => picture.pixels[index] ?? background);
  const { colour, share: colourShare } = mainColour(pixels);
  const contrast = colourDistance(meanColour(pixels), background);
  const margins = [margin, sizeMargin(share), colourShare, (contrast - CONTRAST) / CONTRAST];
  const confidence = Math.round(Math.max(0.05, Math.min(0.99, ...margins)) * 100) / 100;
  return {
    shape: kind,
    colour,
    size: share >= SIZES.large ? "large" : share >= SIZES.medium ? "medium" : "small",
    ...about,
    confidence,
    reasoning: `${regions.length} regions on ${about.background}; the largest covers ${
      (share * 100).toFixed(1)
    } % of the picture, is ${colour} in ${
      (colourShare * 100).toFixed(0)
    } % of its pixels and ${kind} by its outline.`,
  };
}

function shapeOf(region: Region, picture: Picture): { kind: string; margin: number } {
  const holes = holeShare(region, picture);
  if (holes > 0.15) return { kind: "ring", margin: Math.min(1, (holes - 0.15) / 0.15) };
  return kindOf(outlineOf(region, picture.width));
}

function mainColour(pixels: readonly Rgb[]): { colour: string; share: number } {
  const counts = new Map<string, number>();
  for (const pixel of pixels) counts.set(colourName(pixel), (counts.get(colourName(pixel)) ?? 0) + 1);
  const [[colour, count] = ["black", 0]] = [...counts].sort(([, a], [, b]) => b - a);
  return { colour, share: count / pixels.length };
}

/** 0 at a border between two sizes, 1 from a third of it away. */
function sizeMargin(share: number): number {
  const borders = Object.values(SIZES).map((border) => Math.abs(share - border) / border * 3);
  return Math.min(1, ...borders);
}
