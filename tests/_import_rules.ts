import { dirname, join, normalize } from "node:path/posix";

/** Rooms of `lib/` in the only order in which imports may point: a room imports rooms above it. */
export const ROOMS = [
  "io",
  "stats",
  "signature",
  "prompt",
  "model",
  "aggregate",
  "program",
  "dataset",
  "scoring",
  "optimize",
  "experiment",
  "mlflow",
  "report",
  "production",
];

/**
 * What is wrong with the imports of one file.
 *
 * @param path Path from the root of the project, with `/`.
 * @param source Text of the file.
 * @returns One line a fault; none when all is well.
 */
export function importFaults(path: string, source: string): string[] {
  const room = roomOf(path);
  return importsOf(source).flatMap((specifier) => {
    const target = specifier.startsWith("@lib/")
      ? specifier.replace("@lib/", "lib/")
      : specifier.startsWith(".")
      ? normalize(join(dirname(path), specifier))
      : undefined;
    if (room !== undefined && /^(node:assert|fast-check|jsr:)/.test(specifier)) {
      return [`${path}: lib/ imports ${specifier}`];
    }
    if (specifier.startsWith("jsr:") || /^https?:/.test(specifier)) {
      return [`${path}: imports ${specifier}, not to be had everywhere`];
    }
    if (target === undefined) return [];
    const other = roomOf(target);
    if (other === undefined) {
      return room === undefined ? [] : [`${path}: lib/ imports ${target}, which is outside of it`];
    }
    if (other === room) return [];
    const faults = [];
    if (!target.endsWith("/mod.ts")) {
      faults.push(`${path}: imports ${target} past the front door of room ${other}`);
    }
    if (room !== undefined && ROOMS.indexOf(other) >= ROOMS.indexOf(room)) {
      faults.push(`${path}: room ${room} imports room ${other}, which stands below it`);
    }
    return faults;
  });
}

function roomOf(path: string): string | undefined {
  return /^lib\/([^/]+)\//.exec(path)?.[1];
}

/** Every static and dynamic import and re-export of a module, comments left out. */
function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  return [...code.matchAll(/(?:^|[\s;}])(?:from|import)\s*\(?\s*"([^"\n]+)"/g)].flatMap((match) =>
    match[1] ?? []
  );
}
