import jstat from "jstat";

/** What is used of jstat, which brings no types. */
interface Distributions {
  beta: { cdf(x: number, alpha: number, beta: number): number };
  studentt: { inv(probability: number, df: number): number };
  binomial: { cdf(k: number, n: number, probability: number): number };
}

const { beta, studentt, binomial }: Distributions = jstat;

/**
 * Distribution function of the beta distribution, good to about 1e-7.
 *
 * @param x From 0 to 1.
 * @param a First shape, above 0.
 * @param b Second shape, above 0.
 * @throws RangeError for other arguments.
 * @example Usage
 * ```ts
 * import { betaCdf } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert(Math.abs(1 - betaCdf(0.5, 4, 1) - 0.9375) < 1e-9);
 * ```
 */
export function betaCdf(x: number, a: number, b: number): number {
  if (!(x >= 0 && x <= 1)) throw new RangeError(`Cannot compute as x must be in 0..1: current value is ${x}`);
  if (!(a > 0 && b > 0)) {
    throw new RangeError(`Cannot compute as shapes must be above 0: found ${a} and ${b}`);
  }
  return beta.cdf(x, a, b);
}

/**
 * Quantile of Student's t distribution, good to about 1e-8.
 *
 * @param probability Above 0 and below 1.
 * @param df Degrees of freedom, above 0.
 * @throws RangeError for other arguments.
 * @example Usage
 * ```ts
 * import { tQuantile } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tQuantile(0.975, 5).toFixed(6), "2.570582");
 * ```
 */
export function tQuantile(probability: number, df: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(`Cannot compute as probability must be in 0..1: current value is ${probability}`);
  }
  if (!(df > 0)) throw new RangeError(`Cannot compute as df must be above 0: current value is ${df}`);
  return studentt.inv(probability, df);
}

/**
 * Probability of at most `k` successes in `n` independent trials.
 *
 * @param k From below 0, where it is 0, to `n`, where it is 1.
 * @param n Trials, an integer of at least 0.
 * @param probability Of a success, from 0 to 1.
 * @throws RangeError for other arguments.
 * @example Usage
 * ```ts
 * import { binomialCdf } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(binomialCdf(1, 2, 0.5).toFixed(6), "0.750000");
 * ```
 */
export function binomialCdf(k: number, n: number, probability: number): number {
  if (!Number.isInteger(n) || n < 0) {
    throw new RangeError(`Cannot compute as n must be an integer >= 0: current value is ${n}`);
  }
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`Cannot compute as probability must be in 0..1: current value is ${probability}`);
  }
  if (k < 0) return 0;
  return k >= n ? 1 : binomial.cdf(Math.floor(k), n, probability);
}
