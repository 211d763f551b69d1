/** Shortest key that is cut out of replies, in characters: a shorter one is a placeholder, and may well be a word. */
const SHORTEST_SECRET = 8;

/** Cuts a key out of texts that an endpoint sent. */
export interface Redactor {
  /** For the text of a fault. */
  fault(text: string): string;
  /** For a reply, which a placeholder in place of a key (`none`, `test`, `x`) must not damage. */
  reply(text: string): string;
}

/** Makes a {@linkcode Redactor}: a key is found as it stands, and as a URL or JSON writes it. */
export function redactor(key: string | undefined): Redactor {
  if (!key) return { fault: (text) => text, reply: (text) => text };
  const inUrl = encodeURIComponent(key);
  const lowerCase = inUrl.replace(/%../g, (code) => code.toLowerCase());
  const forms = [...new Set([key, inUrl, lowerCase, JSON.stringify(key).slice(1, -1)])];
  const fault = (text: string) => forms.reduce((rest, form) => rest.replaceAll(form, "[key]"), text);
  return { fault, reply: key.length < SHORTEST_SECRET ? (text) => text : fault };
}
