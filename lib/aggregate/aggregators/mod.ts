/**
 * Every aggregator, as a task names it. A new one is its file and one line here.
 *
 * @module
 */
export { majority, type MajorityOptions } from "./majority.ts";
export { median, type MedianOptions } from "./median.ts";
export { medoid, type MedoidOptions } from "./medoid.ts";
export { members, type MembersOptions } from "./members.ts";
export { defaultAggregator, parts, type PartsOptions } from "./parts.ts";
