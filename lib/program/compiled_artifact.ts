import { z } from "zod";
import { digest, InputError } from "../io/mod.ts";
import type { Demo } from "../prompt/mod.ts";

/** A worked example of a compiled program, with the case that it was learnt from. */
export interface CompiledDemo {
  /** `bootstrapped`: from a run that was right; `labelled`: from the truth of the case. */
  from: "bootstrapped" | "labelled";
  case: {
    id: string;
    group?: string | undefined;
    session?: string | undefined;
    at?: string | undefined;
    /** Input of the case, where it is not that of the call. */
    input?: Readonly<Record<string, unknown>> | undefined;
  };
  input: Readonly<Record<string, unknown>>;
  output: Readonly<Record<string, unknown>>;
}

/** What of a compiled artifact a program needs; what it was made of and how well it did stands beside it in the file. */
export interface CompiledArtifact {
  format: "assay-compiled/1";
  /** SHA-256 over all of the file but itself and the date: the version of what was compiled. */
  digest: string;
  variant: string;
  /** What it was compiled for; it fits nothing else. */
  digests: { signature: string; program: string };
  /** Instructions in place of a signature's own, by signature name. */
  instructions: Readonly<Record<string, string>>;
  /** Examples by signature name, in the order in which they are shown. */
  demos: Readonly<Record<string, readonly CompiledDemo[]>>;
}

const fields = z.record(z.string(), z.unknown());

const demo = z.object({
  from: z.enum(["bootstrapped", "labelled"]),
  case: z.object({
    id: z.string(),
    group: z.string().optional(),
    session: z.string().optional(),
    at: z.string().optional(),
    input: fields.optional(),
  }),
  input: fields,
  output: fields,
});

const artifact = z.looseObject({
  format: z.literal("assay-compiled/1"),
  digest: z.string(),
  variant: z.string(),
  digests: z.looseObject({ signature: z.string(), program: z.string() }),
  instructions: z.record(z.string(), z.string()),
  demos: z.record(z.string(), z.array(demo)),
});

/**
 * SHA-256 over the content of an artifact: all of it but its own digest and its date.
 *
 * @example Usage
 * ```ts
 * import { artifactDigest } from "@lib/program/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(artifactDigest({ demos: {}, createdAt: "2026-01-01" }), artifactDigest({ demos: {} }));
 * ```
 */
export function artifactDigest(content: Readonly<Record<string, unknown>>): string {
  const { digest: _digest, createdAt: _createdAt, ...rest } = content;
  return digest(rest);
}

/**
 * Reads a compiled artifact from its JSON text.
 *
 * @param where File, for messages.
 * @throws InputError for what is no artifact, and for one that was changed by hand: its scores would be of another one.
 */
export function parseArtifact(text: string, where: string): CompiledArtifact {
  const fix =
    "compile again (deno task compile), or restore the file; the task loads without the line that reads it";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new InputError("A compiled artifact is no JSON", { where, found, fix, cause });
  }
  const read = artifact.safeParse(value);
  if (!read.success) {
    const issue = read.error.issues[0];
    throw new InputError("Not a compiled artifact", {
      where: [where, ...issue?.path.map(String) ?? []].join(", "),
      found: issue?.message ?? "nothing that fits",
      expected: '"format": "assay-compiled/1" and what deno task compile writes',
      fix,
    });
  }
  const digestNow = artifactDigest(read.data);
  if (digestNow !== read.data.digest) {
    throw new InputError("A compiled artifact was changed by hand", {
      where,
      found: `content of digest ${digestNow.slice(0, 12)}`,
      expected: `${read.data.digest.slice(0, 12)}, the content whose scores stand in the file`,
      fix,
    });
  }
  return read.data;
}

/** The examples of an artifact as a prompt shows them. */
export function demosOf({ demos }: Pick<CompiledArtifact, "demos">): Record<string, Demo[]> {
  return Object.fromEntries(
    Object.entries(demos).map(([name, list]) => [
      name,
      list.map(({ case: { id, group, session, at, input: caseInput }, input, output }): Demo => ({
        input,
        output,
        origin: {
          id,
          input: caseInput ?? input,
          ...(group && { group }),
          ...(session && { session }),
          ...(at && { at }),
        },
      })),
    ]),
  );
}
