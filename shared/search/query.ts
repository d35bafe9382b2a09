import { separateWords } from "./separate-words.ts";

/** A term costs a walk through the index each. */
export const MAX_TERMS = 16;

/**
 * What somebody typed as a query of SQLite's FTS5: every word must be there, `"in quotes"` in a row, `begin*` as a
 * beginning. Nothing else has a meaning, so that nothing typed can be an error; null when no letter or digit is in it.
 * @returns an expression for one column; at most MAX_TERMS terms of it
 */
export function parseQuery(typed: string): string | null {
  const terms: string[] = [];
  for (const [, quoted, word = "", star] of typed.matchAll(/"([^"]*)"?|([^\s"*]+)(\*?)/g)) {
    const term = separateWords(quoted ?? word);
    if (!/[\p{L}\p{N}]/u.test(term)) continue;
    terms.push(star ? `"${term}" *` : `"${term}"`);
  }
  return terms.length === 0 ? null : terms.slice(0, MAX_TERMS).join(" AND ");
}
