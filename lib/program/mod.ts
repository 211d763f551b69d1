/**
 * Strategies as composable functions: each takes a signature or a program and returns a program.
 * A new strategy is one file and one line here.
 *
 * @module
 */
export { bestOfN, type BestOfNOptions } from "./best_of_n.ts";
export { artifactFile } from "./artifact_file.ts";
export { compiled } from "./compiled.ts";
export {
  artifactDigest,
  type CompiledArtifact,
  type CompiledDemo,
  demosOf,
  parseArtifact,
} from "./compiled_artifact.ts";
export { chainOfThought, type ChainOfThoughtOptions } from "./chain_of_thought.ts";
export {
  type LearnedBaselineOptions,
  majorityClass,
  nearestNeighbour,
  type NearestNeighbourOptions,
  rules,
} from "./baselines/mod.ts";
export { predict, type PredictOptions } from "./predict.ts";
export { refine, type RefineOptions } from "./refine.ts";
export { checkNoLeak, LeakError, leakOf, leaksTo } from "./leak_guard.ts";
export { agreementOf, callOfPath, namedCallsOf } from "./named_calls.ts";
export { NO_CALLS, repeatForecast, sumForecasts } from "./forecast.ts";
export { bm25, embedding, fused, type Ranking } from "./rankings/mod.ts";
export { retrieval, type RetrievalOptions } from "./retrieval.ts";
export { bm25Retriever } from "./retrieval/bm25_retriever.ts";
export {
  type Corpus,
  type CorpusCase,
  type CorpusFailure,
  type CorpusItem,
  corpusOf,
  type CorpusSource,
  queryText,
} from "./retrieval/corpus.ts";
export { embeddingRetriever } from "./retrieval/embedding_retriever.ts";
export { fuse, type Fused } from "./retrieval/fuse.ts";
export { fusedRetriever } from "./retrieval/fused_retriever.ts";
export { itemText } from "./retrieval/item_text.ts";
export type { Accept, Asked, Hit, Query, Retriever, SearchResult } from "./retrieval/retriever.ts";
export {
  type ItemReport,
  staleItems,
  type StaleOptions,
  type StaleReport,
  withoutStale,
} from "./retrieval/stale_items.ts";
export { countUses, type Use, type UseCounts, type UseRecord } from "./retrieval/use_counts.ts";
export { selfConsistency, type SelfConsistencyOptions } from "./self_consistency.ts";
export { selfContext, type SelfContextOptions } from "./self_context.ts";
export {
  type ContextSource,
  derived,
  type Gathered,
  priorOutputs,
  type PriorOutputsOptions,
  userState,
  workflowHistory,
  type WorkflowHistoryOptions,
} from "./sources/mod.ts";
export type {
  CaseContext,
  Diagnostics,
  EarlierCase,
  ExampleChoice,
  Failure,
  Forecast,
  NamedCall,
  Prediction,
  Program,
  ProgramDescription,
  Scope,
  Step,
} from "./types.ts";
export {
  type Assignment,
  CallAbstainedError,
  CallFailedError,
  type CallFunction,
  type CallRecord,
  type Calls,
  type ProgramInput,
  type ProgramOutput,
  type Workflow,
  workflow,
  type WorkflowDefinition,
} from "./workflow.ts";
export {
  abstain,
  accept,
  act,
  type ActingPolicy,
  type ActionLevel,
  type Decision,
  escalate,
  type Sampled,
  type UnstablePolicy,
} from "./unstable/mod.ts";
