/**
 * The matrix of variants, models, prompts and repeats: planned, run, kept in a journal, summed up.
 *
 * @module
 */
export { type Experiment, experiment, type ExperimentDefinition } from "./definition.ts";
