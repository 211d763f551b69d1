import { DatabaseSync } from "node:sqlite";
import { normaliseText } from "../../signature/mod.ts";

/** BM25 scores of some texts. */
export interface Bm25Index {
  /** Score of each text for a query, from 0; `-Infinity` where they share no word. */
  scores(query: string): Float64Array;
}

/** What one word adds to the scores of the texts that have it. */
interface Weights {
  positions: Int32Array;
  weights: Float64Array;
}

/**
 * Okapi BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond") by SQLite's
 * full-text index, FTS5: k1 = 1.2, b = 0.75, and an inverse document frequency of ln((N - n + 0.5) / (n + 0.5)), but
 * at least 1e-6. Words are what {@linkcode normaliseText} leaves between spaces, so `14.90` and `-5` are words. A
 * word that the query repeats counts once.
 *
 * A score is a sum over the words of the query. FTS5 is asked for each word of the texts alone, beforehand, and the
 * sums are made here: a search of 10,000 texts for a message of 40 words then takes 1 ms and not 25.
 */
export function bm25Index(texts: readonly string[]): Bm25Index {
  const plain = texts.map(plainText);
  const database = new DatabaseSync(":memory:");
  database.exec(
    "CREATE VIRTUAL TABLE items USING fts5(text, content = ''," +
      ` tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'"); BEGIN`,
  );
  const insert = database.prepare("INSERT INTO items (rowid, text) VALUES (?, ?)");
  for (const [position, text] of plain.entries()) insert.run(position, text);
  database.exec("COMMIT");
  const select = database.prepare(
    "SELECT rowid AS position, -bm25(items) AS weight FROM items WHERE items MATCH ?",
  );
  const weightsOf = (word: string): Weights => {
    const rows = select.all(`"${word.replaceAll('"', '""')}"`);
    const positions = Int32Array.from(rows, ({ position }) => Number(position));
    return { positions, weights: Float64Array.from(rows, ({ weight }) => Number(weight)) };
  };
  const words = new Set(plain.flatMap((text) => text.split(" ")));
  const index = new Map(words.values().map((word) => [word, weightsOf(word)]));
  database.close();

  return {
    scores(query) {
      const scores = new Float64Array(texts.length).fill(-Infinity);
      for (const word of new Set(plainText(query).split(" "))) {
        const { positions, weights } = index.get(word) ?? NONE;
        for (let at = 0; at < positions.length; at++) {
          const position = positions[at]!;
          scores[position] = Math.max(scores[position]!, 0) + weights[at]!;
        }
      }
      return scores;
    },
  };
}

const NONE: Weights = { positions: new Int32Array(), weights: new Float64Array() };

/** Words with spaces between them; a NUL would end the text in the eyes of SQLite. */
function plainText(text: string): string {
  return normaliseText(text.replaceAll("\0", " "));
}
