/**
 * The typed contract of a task: fields, how each is compared, the JSON schema, and how a reply is read.
 *
 * @module
 */
export type { Comparator, Likeness, NestedComparator } from "./comparators/comparator.ts";
export { softF1 } from "./comparators/objects.ts";
export { canonicalValue, COMPARATORS, type CompareOptions, likeness } from "./comparators.ts";
export { unwrap } from "./declarations.ts";
export {
  compare,
  type DeclaredCompare,
  describeField,
  type Field,
  percent,
  type PercentFieldOptions,
  unscored,
} from "./field.ts";
export { isGrounded } from "./grounded.ts";
export {
  type Image,
  image,
  imageAddress,
  imageContent,
  type ImageFile,
  type ImageLink,
  type ImageMediaType,
  isImage,
} from "./image.ts";
export { checkImageBytes, IMAGE_LIMITS, imageOfBytes, type ImageOrigin } from "./image_bytes.ts";
export { strictJsonSchema } from "./json_schema.ts";
export {
  areNearDuplicates,
  type ComparableText,
  comparableText,
  NEAR_DUPLICATE_JACCARD,
  nearDuplicate,
  type NearDuplicates,
  nearDuplicates,
} from "./near_duplicate.ts";
export { normaliseText } from "./normalise_text.ts";
export { parseNumber } from "./parse_number.ts";
export { type ParsedReply, parseReply, type RawReply } from "./parse_reply.ts";
export {
  inlineInstructions,
  type InputOf,
  type Instructions,
  type OutputOf,
  prependOutput,
  scoredFields,
  type Signature,
  signature,
  type SignatureDefinition,
} from "./signature.ts";
