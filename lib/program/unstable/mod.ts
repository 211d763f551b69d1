/**
 * What is done with an output in view of how its samples agree. A new policy is its file and one line here.
 *
 * @module
 */
export { abstain } from "./abstain.ts";
export { accept } from "./accept.ts";
export { act, type ActingPolicy, type ActionLevel } from "./act.ts";
export { escalate } from "./escalate.ts";
export type { Decision, Sampled, UnstablePolicy } from "./policy.ts";
