import type { Forecast } from "./types.ts";

/** A program that asks no model. */
export const NO_CALLS: Forecast = { calls: { least: 0, most: 0 }, outputTokens: 0 };

/** The forecast of programs that all run. */
export function sumForecasts(parts: readonly Forecast[]): Forecast {
  return parts.reduce((sum, { calls, outputTokens }) => ({
    calls: { least: sum.calls.least + calls.least, most: sum.calls.most + calls.most },
    outputTokens: sum.outputTokens + outputTokens,
  }), NO_CALLS);
}

/** The forecast of a program that runs `least` to `most` times. */
export function repeatForecast({ calls, outputTokens }: Forecast, least: number, most: number): Forecast {
  return {
    calls: { least: calls.least * least, most: calls.most * most },
    outputTokens: outputTokens * most,
  };
}
