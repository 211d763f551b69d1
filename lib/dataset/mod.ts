/**
 * Cases with their ground truth: strict reading, validation, digest, split, coverage.
 *
 * @module
 */
export { assignSplit } from "./assign_split.ts";
export { META_COLUMNS } from "./build_case.ts";
export { type CoverageReport, coverageReport } from "./coverage_report.ts";
export { loadDataset } from "./load_dataset.ts";
export { type Case, type Coverage, COVERAGES, type Dataset, type Split, SPLITS } from "./types.ts";
