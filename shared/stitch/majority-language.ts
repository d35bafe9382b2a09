import { UNKNOWN_LANGUAGE } from "../transcript/language.ts";

/** How many words were heard in each language, in the order in which they came up. */
export type LanguageVotes = Map<string, number>;

/** A part of no word says nothing of the language; the model answers one all the same. */
export function voteForLanguage(votes: LanguageVotes, language: string, words: number): void {
  if (language === UNKNOWN_LANGUAGE) return;
  votes.set(language, (votes.get(language) ?? 0) + words);
}

/** Of equal numbers the language that came first. */
export function majorityLanguage(votes: LanguageVotes): string {
  let most = -1;
  let majority = UNKNOWN_LANGUAGE;
  for (const [language, words] of votes) {
    if (words <= most) continue;
    most = words;
    majority = language;
  }
  return majority;
}
