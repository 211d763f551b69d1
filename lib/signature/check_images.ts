import { z } from "zod";
import { InputError } from "../io/mod.ts";
import { unwrap } from "./declarations.ts";
import type { Field } from "./field.ts";
import { isImageType } from "./image.ts";

/** Refuses pictures where none can be: in an output, inside an object, and as the text that a value must occur in. */
export function checkImages(
  where: string,
  input: readonly Field[],
  output: readonly Field[],
  shape: Readonly<Record<string, z.ZodType>>,
): void {
  for (const field of [...input, ...output]) {
    const type = shape[field.name];
    const path = type && imagePart(type, field.name);
    if (path === undefined) continue;
    if (output.includes(field)) {
      throw new InputError("An output field is an image", {
        where: `${where}, field ${path}`,
        expected: "images in input fields only: models answer with JSON",
      });
    }
    if (!field.image) {
      throw new InputError("An image is not a field of its own", {
        where: `${where}, field ${path}`,
        expected: "image(), image().nullable() or z.array(image())",
      });
    }
  }
  for (const { name, groundedIn } of output) {
    if (!input.some((field) => field.name === groundedIn && field.image)) continue;
    throw new InputError("A field is grounded in an image", {
      where: `${where}, field ${name}`,
      found: `groundedIn: ${JSON.stringify(groundedIn)}`,
      expected: "an input field with text, in which a value can be looked up",
    });
  }
}

/** Path of the first picture inside a type, e.g. `lines.photo`; `undefined` where there is none. */
function imagePart(type: z.ZodType, path: string): string | undefined {
  const inner = unwrap(type);
  if (isImageType(inner)) return path;
  if (inner instanceof z.ZodArray) return imagePart(inner.element as z.ZodType, path);
  if (!(inner instanceof z.ZodObject)) return undefined;
  const parts = Object.entries(inner.shape as Record<string, z.ZodType>);
  return parts.map(([name, part]) => imagePart(part, `${path}.${name}`)).find((found) => found !== undefined);
}
