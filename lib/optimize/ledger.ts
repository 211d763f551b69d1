import { InputError } from "../io/mod.ts";
import { INFRASTRUCTURE } from "../scoring/mod.ts";
import { type Cost, NO_COST, sumCosts } from "./cost.ts";
import type { CaseRun, Limits } from "./types.ts";

/** What a compilation has spent, and whether it may go on. */
export class Ledger {
  readonly #limits: Limits;
  #spent = NO_COST;
  #errors = 0;
  #ended: "budget" | "errors" | undefined;

  /** @throws RangeError for a limit that is none. */
  constructor(limits: Limits = {}) {
    const { maxCalls = 1, budgetUsd = 1, maxErrors = 0 } = limits;
    if (!Number.isInteger(maxCalls) || maxCalls < 1) {
      throw new RangeError(
        `Cannot compile as maxCalls must be an integer >= 1: current value is ${maxCalls}`,
      );
    }
    if (!(budgetUsd > 0)) {
      throw new RangeError(`Cannot compile as budgetUsd must be above 0: current value is ${budgetUsd}`);
    }
    if (!Number.isInteger(maxErrors) || maxErrors < 0) {
      throw new RangeError(
        `Cannot compile as maxErrors must be an integer >= 0: current value is ${maxErrors}`,
      );
    }
    this.#limits = limits;
  }

  /** All calls so far. */
  get spent(): Cost {
    return this.#spent;
  }

  /** Why nothing more is begun. */
  get ended(): "budget" | "errors" | undefined {
    return this.#ended;
  }

  /** Counts what was spent. */
  pay(cost: Cost): void {
    this.#spent = sumCosts([this.#spent, cost]);
    if (this.#limits.budgetUsd === undefined || this.#spent.usd !== null) return;
    throw new InputError("The cost of a call is unknown, so no budget can be kept", {
      where: "--budget-usd",
      found: "a model without a price, or a reply without token counts",
      fix: "leave the budget out, or limit the calls: --max-calls",
    });
  }

  /** Counts a case, and whether the infrastructure failed it. */
  count({ cost, score: { category } }: Pick<CaseRun, "cost" | "score">): void {
    this.pay(cost);
    if (INFRASTRUCTURE.includes(category)) this.#errors++;
  }

  /**
   * Whether another piece of work may begin.
   *
   * @param mostCalls Most requests of one piece.
   * @param underWay Pieces that are begun and not yet counted.
   */
  mayBegin(mostCalls: number, underWay = 0): boolean {
    const { maxCalls = Infinity, budgetUsd = Infinity, maxErrors = 10 } = this.#limits;
    if (this.#errors > maxErrors) this.#ended = "errors";
    else {
      const calls = this.#spent.calls + (underWay + 1) * mostCalls;
      // ten calls of $0.01 sum up to $0.09999999999999999
      const dear = (this.#spent.usd ?? 0) >= budgetUsd * (1 - 1e-9);
      if (calls <= maxCalls && !dear) return true;
      if (underWay === 0) this.#ended = "budget";
    }
    return false;
  }
}
