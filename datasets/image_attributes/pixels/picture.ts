import { decode } from "fast-png";
import type { Rgb } from "./colour_name.ts";

/** A picture as its pixels, row by row. */
export interface Picture {
  width: number;
  height: number;
  pixels: readonly Rgb[];
}

/** Decodes a PNG of 8 bits a channel with one, three or four channels; what is transparent counts as opaque. */
export function decodePicture(bytes: Uint8Array): Picture {
  const { width, height, channels, data, depth, palette } = decode(bytes);
  if (depth !== 8 || palette) {
    throw new RangeError("Cannot read a PNG that has a palette or not 8 bits a channel");
  }
  const grey = channels < 3;
  const pixels = Array.from({ length: width * height }, (_, index): Rgb => {
    const value = (channel: number) => data[index * channels + (grey ? 0 : channel)] ?? 0;
    return [value(0), value(1), value(2)];
  });
  return { width, height, pixels };
}

/** The picture at a smaller scale: each pixel the mean of a block of `factor` x `factor`. */
export function shrink({ width, height, pixels }: Picture, factor: number): Picture {
  const [columns, rows] = [Math.ceil(width / factor), Math.ceil(height / factor)];
  const blocks = Array.from({ length: columns * rows }, (_, index) => {
    const [left, top] = [index % columns * factor, Math.floor(index / columns) * factor];
    const block: Rgb[] = [];
    for (let y = top; y < Math.min(top + factor, height); y++) {
      block.push(...pixels.slice(y * width + left, y * width + Math.min(left + factor, width)));
    }
    return meanColour(block);
  });
  return { width: columns, height: rows, pixels: blocks };
}

/** The mean of at least one colour. */
export function meanColour(colours: readonly Rgb[]): Rgb {
  const sum = colours.reduce(
    ([r, g, b], [red, green, blue]) => [r + red, g + green, b + blue],
    [0, 0, 0] as Rgb,
  );
  return [sum[0] / colours.length, sum[1] / colours.length, sum[2] / colours.length];
}
