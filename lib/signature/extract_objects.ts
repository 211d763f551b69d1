/** JSON objects found in a text. */
export interface Extracted {
  /** Complete objects in order. */
  objects: Record<string, unknown>[];
  /** Whether the text ends inside an object that was begun. */
  unfinished: boolean;
}

const DEEPEST = 256; // a model that repeats "[" must not overflow the stack of those who walk its reply

/**
 * Finds complete top-level JSON objects in a reply, round which a model may have written prose or
 * fences. An object that does not end or is no JSON is skipped whole: what stands inside it is a part, never
 * an answer. Braces of prose (`{see below}`) begin no object. Time is linear in the length of the text.
 */
export function extractObjects(text: string): Extracted {
  const objects: Record<string, unknown>[] = [];
  const begin = /\{(?=\s*(?:["}]|$))/g;
  for (let match = begin.exec(text); match; match = begin.exec(text)) {
    const end = closingBrace(text, match.index);
    if (end === -1) return { objects, unfinished: true };
    begin.lastIndex = end + 1;
    const parsed = parseObject(text.slice(match.index, end + 1));
    if (parsed) objects.push(parsed);
  }
  return { objects, unfinished: false };
}

function closingBrace(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return at;
  }
  return -1;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    return isDeeper(value, DEEPEST) ? undefined : value;
  } catch {
    return undefined; // a broken object: the caller reports that nothing usable was found
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
