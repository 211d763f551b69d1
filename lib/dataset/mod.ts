/**
 * Cases with their ground truth: strict reading, validation, digest, split, coverage; the fields of a table.
 *
 * @module
 */
export { assignSplit } from "./assign_split.ts";
export { META_COLUMNS } from "./build_case.ts";
export { casesCsv } from "./cases_csv.ts";
export { chooseRoles, type ColumnRoles, type RoleChoice } from "./choose_roles.ts";
export { type CoverageReport, coverageReport } from "./coverage_report.ts";
export { fieldName } from "./field_name.ts";
export { inferFields, type InferredField, type InferredTable } from "./infer_fields.ts";
export { type InferredType, inferType } from "./infer_type.ts";
export { loadDataset } from "./load_dataset.ts";
export { readImage, type ReadImageOptions } from "./read_image.ts";
export { type Case, type Coverage, COVERAGES, type Dataset, type Split, SPLITS } from "./types.ts";
