import { InputError, suggest } from "../../io/mod.ts";
import type { Signature } from "../../signature/mod.ts";

/**
 * Input fields that inputs are found by, in the order of the signature: all but pictures, or those that are named.
 *
 * @throws InputError for a field that is no input or is a picture, and when no field is left.
 */
export function searchFields(
  { name, input }: Pick<Signature, "name" | "input">,
  named: readonly string[] | undefined,
): string[] {
  const texts = input.filter((field) => !field.image).map((field) => field.name);
  const wrong = named?.find((field) => !texts.includes(field));
  if (wrong !== undefined) {
    const near = suggest(wrong, texts);
    throw new InputError("Cannot search by this field", {
      where: `signature ${name}`,
      found: JSON.stringify(wrong),
      expected: `an input field that is no picture: ${texts.join(", ")}`,
      ...(near && { fix: `did you mean ${near}?` }),
    });
  }
  const fields = texts.filter((field) => named?.includes(field) ?? true);
  if (fields.length > 0) return fields;
  throw new InputError("There is nothing to search by", {
    where: `signature ${name}`,
    found: named ? "no field is named" : "no input field, or pictures alone",
    expected: "an input field that is no picture",
  });
}
