/**
 * Prompt text as a versioned artifact, and the rendering of a signature and an input into messages.
 *
 * @module
 */
export { promptFile } from "./prompt_file.ts";
export {
  type ContextBlock,
  type Demo,
  type Message,
  type Origin,
  renderCorrection,
  RENDERER_VERSION,
  renderMessages,
  type RenderOptions,
} from "./render.ts";
export { type PlacedImage, REQUEST_IMAGE_LIMITS } from "./rendered.ts";
