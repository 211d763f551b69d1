/** Red, green and blue, each 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Upper ends of the hues, in degrees. */
const HUES = [[15, "red"], [42, "orange"], [70, "yellow"], [170, "green"], [255, "blue"], [
  345,
  "purple",
]] as const;

/** The everyday name of a colour, by hue; of a colourless one, by lightness. */
export function colourName([red, green, blue]: Rgb): string {
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  const chroma = most - least;
  if (chroma < 30) return most < 70 ? "black" : least > 200 ? "white" : "grey";
  const sector = most === red
    ? (green - blue) / chroma
    : most === green
    ? (blue - red) / chroma + 2
    : (red - green) / chroma + 4;
  const hue = (sector * 60 + 360) % 360;
  return HUES.find(([end]) => hue < end)?.[1] ?? "red";
}

/** Euclidean distance of two colours, 0 to 442. */
export function colourDistance(a: Rgb, b: Rgb): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
