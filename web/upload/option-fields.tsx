import { formatLanguage } from "../app/format.ts";
import { LanguageOptions } from "../app/language-options.tsx";
import { type Choices, choices } from "./options.ts";

const MOST_SPEAKERS = 10;
/** How long the recording is kept; the transcript stays. */
const KEEP_WORDS = [
  { days: "", words: "Kept" },
  { days: "90", words: "Kept for 90 days" },
  { days: "7", words: "Kept for 7 days" },
  { days: "0", words: "Removed when transcribed" },
];

/** Folded: most people need only the defaults. */
export function OptionFields() {
  const { language, speakers, translate, tags, keepDays } = choices.value;
  const choose = (news: Partial<Choices>) => {
    choices.value = { ...choices.value, ...news };
  };
  const chosen = [
    language !== "auto" && formatLanguage(language),
    speakers && `${speakers} ${speakers === "1" ? "speaker" : "speakers"}`,
    translate && "translated into English",
    tags.trim() && `tagged ${tags.trim()}`,
    KEEP_WORDS.find(({ days }) => days !== "" && days === keepDays)?.words.toLowerCase(),
  ].filter(Boolean);
  return (
    <details class="options">
      <summary>
        Options <span class="muted">{chosen.join(", ") || "language and speakers are detected"}</span>
      </summary>
      <div class="option-fields">
        <label>
          Language
          <select
            value={language}
            onChange={({ currentTarget }) => choose({ language: currentTarget.value })}
          >
            <LanguageOptions />
          </select>
        </label>
        <label>
          Speakers
          <select
            value={speakers}
            onChange={({ currentTarget }) => choose({ speakers: currentTarget.value })}
          >
            <option value="">Detect</option>
            {Array.from({ length: MOST_SPEAKERS }, (_, n) => (
              <option key={n} value={String(n + 1)}>
                {n + 1}
              </option>
            ))}
          </select>
        </label>
        <label>
          Tags
          <input
            placeholder="sales, Q4"
            value={tags}
            onInput={({ currentTarget }) => choose({ tags: currentTarget.value })}
          />
        </label>
        <label>
          The recording is
          <select
            value={keepDays}
            onChange={({ currentTarget }) => choose({ keepDays: currentTarget.value })}
          >
            {KEEP_WORDS.map(({ days, words }) => (
              <option key={days} value={days}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={translate}
            onChange={({ currentTarget }) => choose({ translate: currentTarget.checked })}
          />
          <span>
            Translate into English
            <span class="fine">Transcribed twice, to tell the speakers apart too</span>
          </span>
        </label>
      </div>
    </details>
  );
}
