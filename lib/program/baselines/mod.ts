/**
 * Programs that ask no model, to be measured beside those that do. A new one is its file and one line here.
 *
 * @module
 */
export { type LearnedBaselineOptions, majorityClass } from "./majority_class.ts";
export { nearestNeighbour, type NearestNeighbourOptions } from "./nearest_neighbour.ts";
export { rules } from "./rules.ts";
