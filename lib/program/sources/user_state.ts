import type { ContextSource } from "./source.ts";

/**
 * What is known of the user beside the input: fields that the case has and the signature does not, one block.
 * A field that a case does not have is left out.
 *
 * @param names Names of the fields, without `state.`.
 */
export function userState(...names: readonly string[]): ContextSource {
  if (names.length === 0) {
    throw new RangeError("Cannot show user state as names must name at least one field");
  }
  return {
    name: "userState",
    describe: () => ({ names }),
    gather(_input, { case: under }) {
      const known = names.flatMap((name) => {
        const value = under && Object.hasOwn(under.state, name) ? under.state[name] : undefined;
        return value === undefined
          ? []
          : [`${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`];
      });
      return {
        status: "ok",
        blocks: known.length > 0 ? [{ title: "About the customer", text: known.join("\n") }] : [],
      };
    },
  };
}
