/**
 * Every metric under its name in journals and tables. A new one is its file and one line here.
 *
 * @module
 */
export { caseAccuracy as accuracy } from "./case_accuracy.ts";
export { fieldAccuracy as field_accuracy } from "./field_accuracy.ts";
