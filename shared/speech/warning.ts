/**
 * What a customer has to know of a transcript that is there: `result.warnings`. The codes are a closed list, documented
 * in docs/api.md. Each says what is so and what to do.
 */
const WARNINGS = {
  stand_in: {
    message: "No real words: this is a trial without a speech API, which finds only where somebody speaks.",
    action:
      "The operator gets models (npm run models -- get small) or sets TOGETHER_API_KEY; then have the recording transcribed again.",
  },
  speakers_not_available: {
    message: "Speakers were asked for, and the speech API named none.",
    action: "Have it transcribed again with another model, or by a speech API that tells speakers apart.",
  },
  words_not_available: {
    message: "The speech API gives no times of single words: they are estimated from their sentences.",
    action: "Where exact times matter, have it transcribed again by a speech API that gives them.",
  },
} as const;

export type WarningCode = keyof typeof WARNINGS;

/** A warning, as the API shows it. */
export type Warning = { code: WarningCode; message: string; action: string };

export function warning(code: WarningCode): Warning {
  return { code, ...WARNINGS[code] };
}

export const WARNING_CODES = Object.keys(WARNINGS) as WarningCode[];
