import type { UnstablePolicy } from "./policy.ts";

/** Gives no output when a field is unstable. */
export function abstain<I, O>(): UnstablePolicy<I, O> {
  return {
    name: "abstain",
    describe: () => ({}),
    decide: ({ output, unstable, verdicts }) =>
      unstable.length === 0 ? { status: "ok", output } : {
        status: "abstained",
        reason: `unstable: ${unstable.map((name) => shareOf(name, verdicts)).join(", ")}`,
      },
  };
}

function shareOf(
  name: string,
  verdicts: Parameters<UnstablePolicy<unknown, unknown>["decide"]>[0]["verdicts"],
) {
  const verdict = verdicts[name];
  return verdict ? `${name} (share ${verdict.share.toFixed(2)} of ${verdict.n})` : name;
}
