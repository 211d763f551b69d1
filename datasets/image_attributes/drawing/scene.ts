/** Width and height of every picture, pixels. */
export const SIDE = 96;

/** What colours are called, and what they look like. */
export const COLOURS = {
  red: [208, 48, 50],
  orange: [238, 140, 30],
  yellow: [246, 208, 44],
  green: [50, 156, 72],
  blue: [44, 98, 206],
  purple: [126, 66, 170],
  black: [30, 30, 32],
  grey: [138, 138, 140],
  white: [248, 248, 248],
} as const;

/** Name of a colour. */
export type Colour = keyof typeof COLOURS;

/** Kinds of shapes. */
export const KINDS = ["circle", "square", "triangle", "cross", "ring"] as const;

/** Kind of a shape. */
export type Kind = typeof KINDS[number];

/** A shape of a scene. */
export interface Shape {
  kind: Kind;
  colour: Colour;
  /** From the centre to the farthest point, pixels. */
  radius: number;
  /** Centre, pixels from the top left. @default {drawn by lot, clear of the frame and of other shapes} */
  at?: readonly [number, number];
  /** Radians. @default {drawn by lot} */
  turn?: number;
  /** Mixed with the colour behind it, 0 to 1. @default {0} */
  fade?: number;
  /** Colour of the right-hand part, less than half of it. */
  second?: Colour;
  /** Cut in two by a gap of 3 pixels. */
  cut?: true;
}

/** A shape with its place. */
export type PlacedShape = Shape & { x: number; y: number; turn: number };

/** What is drawn, and what the case says about it. */
export interface Scene {
  seed: number;
  background: Colour;
  shapes: readonly Shape[];
  /** Colour of a card under the right-hand 30% of the picture. */
  card?: Colour;
  /** Colour of a thread across the middle, on top of everything. */
  thread?: Colour;
  /** How much darker the right-hand side is, 0 to 1. */
  shade?: number;
  /** Share of pixels with a colour of their own. */
  specks?: number;
  /** Largest difference that each pixel has by lot, 0 to 255. */
  grain?: number;
  context: string;
  coverage: "common" | "edge" | "boundary";
  split: "train" | "dev" | "test";
  note?: string;
}
