/**
 * Pure statistics: no I/O, no words of the domain.
 *
 * @module
 */
export { type Cluster, clusteredInterval, type ClusteredRate } from "./clustered_interval.ts";
export { betaCdf, binomialCdf, tQuantile } from "./distributions.ts";
export { hodgesLehmann } from "./hodges_lehmann.ts";
export { huberMean, type HuberOptions } from "./huber_mean.ts";
export { mcNemarMidP } from "./mcnemar.ts";
export { median } from "./median.ts";
export { type MedianInterval, medianInterval, type MedianIntervalOptions } from "./median_interval.ts";
export { normalQuantile } from "./normal_quantile.ts";
export { quantile } from "./quantile.ts";
export { robustCv, type RobustCvOptions } from "./robust_cv.ts";
export { scaledMad } from "./scaled_mad.ts";
export { seededRandom } from "./seeded_random.ts";
export { type PairedCounts, tangoInterval } from "./tango_interval.ts";
export { trimmedMean } from "./trimmed_mean.ts";
export { type VoteEntropy, voteEntropy } from "./vote_entropy.ts";
export {
  type Interval,
  type IntervalOptions,
  scoreInterval,
  wilsonInterval,
  Z_95,
} from "./wilson_interval.ts";
