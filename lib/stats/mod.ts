/**
 * Pure statistics: no I/O, no words of the domain.
 *
 * @module
 */
export { type Cluster, clusteredInterval, type ClusteredRate } from "./clustered_interval.ts";
export { quantile } from "./quantile.ts";
export {
  type Interval,
  type IntervalOptions,
  scoreInterval,
  wilsonInterval,
  Z_95,
} from "./wilson_interval.ts";
