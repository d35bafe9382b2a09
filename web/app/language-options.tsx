import { LANGUAGE_CODES } from "../../shared/transcript/language.ts";
import { formatLanguage } from "./format.ts";

const LANGUAGES = LANGUAGE_CODES.map((code) => ({ code, name: formatLanguage(code) ?? code })).toSorted(
  (a, b) => a.name.localeCompare(b.name),
);

/** What a recording can be in, for a `select`. */
export function LanguageOptions() {
  return (
    <>
      <option value="auto">Detect</option>
      {LANGUAGES.map(({ code, name }) => (
        <option key={code} value={code}>
          {name}
        </option>
      ))}
    </>
  );
}
