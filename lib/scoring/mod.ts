/**
 * Outcomes per field, a category per case, metrics; scores of outputs made elsewhere.
 *
 * @module
 */
export { CATEGORIES, type Category, categoryOfFailure, INFRASTRUCTURE } from "./categories.ts";
export { checkPromises, type Promises } from "./check_promises.ts";
export { type Judge, judge, type JudgeOptions } from "./judge.ts";
export { judgeCase, type JudgedTask, type JudgeVerdict, type Judging } from "./judge_case.ts";
export { applyChecks, type Check, type CheckedCase, type CheckFinding, type Checks } from "./judge_checks.ts";
export type { Evidence, JudgedOutput } from "./judge_evidence.ts";
export type { PanelOptions } from "./judge_panel.ts";
export {
  type Pair,
  type PairJudge,
  pairJudge,
  type PairJudgement,
  type PairJudgeOptions,
} from "./judge_pair.ts";
export type { JudgeBrief, Judgement, Preference } from "./judge_signature.ts";
export { METRICS, type MetricValue } from "./metrics.ts";
export type { Metric } from "./metrics/metric.ts";
export type { OutputRow, ScoredRow } from "./output_row.ts";
export { readRows, type ReadRowsOptions } from "./read_rows.ts";
export {
  type CaseScore,
  type FieldScore,
  type Findings,
  type Scorable,
  scoreCase,
  scoreField,
} from "./score_case.ts";
export { isWrong, type NamedCallScore, scoreCalls } from "./score_calls.ts";
export { type ReplyContext, scoreOutput, scoreReply } from "./score_output.ts";
export { type RowRate, type RowsScore, scoreRows, scoreTaskRows, type TaskRowsScore } from "./score_rows.ts";
