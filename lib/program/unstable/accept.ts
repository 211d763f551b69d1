import type { UnstablePolicy } from "./policy.ts";

/** Takes every output as it is; agreement and spread stand in the diagnostics. */
export function accept<I, O>(): UnstablePolicy<I, O> {
  return {
    name: "accept",
    describe: () => ({}),
    decide: ({ output }) => ({ status: "ok", output }),
  };
}
