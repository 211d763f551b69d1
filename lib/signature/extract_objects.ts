/** JSON objects found in a text. */
export interface Extracted {
  /** Complete objects in order. */
  objects: Record<string, unknown>[];
  /** Whether the text ends inside an object that was begun. */
  unfinished: boolean;
}

const LONGEST = 1_000_000;
const MOST_STARTS = 200;

/**
 * Finds complete top-level JSON objects in a reply, round which a model may have written prose or
 * fences. Bounded: the first million characters and 200 opening braces are looked at.
 */
export function extractObjects(text: string): Extracted {
  const source = text.slice(0, LONGEST);
  const objects: Record<string, unknown>[] = [];
  let unfinished = false;
  let at = source.indexOf("{");
  for (let starts = 0; at !== -1 && starts < MOST_STARTS; starts++) {
    const end = closingBrace(source, at);
    const parsed = end === -1 ? undefined : parseObject(source.slice(at, end + 1));
    if (end === -1) unfinished = true;
    if (parsed) objects.push(parsed);
    at = source.indexOf("{", parsed ? end + 1 : at + 1);
  }
  return { objects, unfinished: unfinished && objects.length === 0 };
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
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined; // prose in braces, or a broken object: the caller reports that nothing usable was found
  }
}
