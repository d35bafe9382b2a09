/**
 * What Whisper large-v3 can hear, by ISO 639 code. Hawaiian and Cantonese have no two-letter code; Whisper writes
 * Javanese `jw`, a code ISO withdrew for `jv`.
 */
const LANGUAGES: Readonly<Record<string, string>> = {
  af: "afrikaans",
  am: "amharic",
  ar: "arabic",
  as: "assamese",
  az: "azerbaijani",
  ba: "bashkir",
  be: "belarusian",
  bg: "bulgarian",
  bn: "bengali",
  bo: "tibetan",
  br: "breton",
  bs: "bosnian",
  ca: "catalan",
  cs: "czech",
  cy: "welsh",
  da: "danish",
  de: "german",
  el: "greek",
  en: "english",
  es: "spanish",
  et: "estonian",
  eu: "basque",
  fa: "persian",
  fi: "finnish",
  fo: "faroese",
  fr: "french",
  gl: "galician",
  gu: "gujarati",
  ha: "hausa",
  haw: "hawaiian",
  he: "hebrew",
  hi: "hindi",
  hr: "croatian",
  ht: "haitian creole",
  hu: "hungarian",
  hy: "armenian",
  id: "indonesian",
  is: "icelandic",
  it: "italian",
  ja: "japanese",
  jv: "javanese",
  ka: "georgian",
  kk: "kazakh",
  km: "khmer",
  kn: "kannada",
  ko: "korean",
  la: "latin",
  lb: "luxembourgish",
  ln: "lingala",
  lo: "lao",
  lt: "lithuanian",
  lv: "latvian",
  mg: "malagasy",
  mi: "maori",
  mk: "macedonian",
  ml: "malayalam",
  mn: "mongolian",
  mr: "marathi",
  ms: "malay",
  mt: "maltese",
  my: "myanmar",
  ne: "nepali",
  nl: "dutch",
  nn: "nynorsk",
  no: "norwegian",
  oc: "occitan",
  pa: "punjabi",
  pl: "polish",
  ps: "pashto",
  pt: "portuguese",
  ro: "romanian",
  ru: "russian",
  sa: "sanskrit",
  sd: "sindhi",
  si: "sinhala",
  sk: "slovak",
  sl: "slovenian",
  sn: "shona",
  so: "somali",
  sq: "albanian",
  sr: "serbian",
  su: "sundanese",
  sv: "swedish",
  sw: "swahili",
  ta: "tamil",
  te: "telugu",
  tg: "tajik",
  th: "thai",
  tk: "turkmen",
  tl: "tagalog",
  tr: "turkish",
  tt: "tatar",
  uk: "ukrainian",
  ur: "urdu",
  uz: "uzbek",
  vi: "vietnamese",
  yi: "yiddish",
  yo: "yoruba",
  yue: "cantonese",
  zh: "chinese",
};

export const LANGUAGE_CODES: readonly string[] = Object.keys(LANGUAGES);

/** Other names the same models answer with (Whisper's own list of aliases). */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  burmese: "my",
  castilian: "es",
  flemish: "nl",
  haitian: "ht",
  letzeburgesch: "lb",
  mandarin: "zh",
  moldavian: "ro",
  moldovan: "ro",
  panjabi: "pa",
  pushto: "ps",
  sinhalese: "si",
  valencian: "ca",
};

const WITHDRAWN_CODES: Readonly<Record<string, string>> = {
  in: "id",
  iw: "he",
  ji: "yi",
  jw: "jv",
  mo: "ro",
};

const CODE_BY_NAME = new Map([
  ...Object.entries(LANGUAGES).map(([code, name]) => [name, code] as const),
  ...Object.entries(OTHER_NAMES),
]);

/** ISO 639-2 for "undetermined": what a transcript says when the answer named no language. */
export const UNKNOWN_LANGUAGE = "und";

/**
 * The ISO 639-1 code of a language given by code, by tag (`pt-BR`) or by English name, in any case.
 * What is no known language is given back in lower case, so that nothing the upstream said is lost.
 */
export function languageCode(said: string): string {
  const name = said.trim().toLowerCase();
  if (name === "" || name === "auto") return UNKNOWN_LANGUAGE;
  const byName = CODE_BY_NAME.get(name);
  if (byName) return byName;
  const code = /^([a-z]{2,3})(?:[-_].*)?$/.exec(name)?.[1] ?? name;
  return Object.hasOwn(WITHDRAWN_CODES, code) ? (WITHDRAWN_CODES[code] ?? code) : code;
}

/** The English name in lower case (`english`), as OpenAI's verbose_json writes it; undefined if not one of Whisper's. */
export function languageName(code: string): string | undefined {
  return Object.hasOwn(LANGUAGES, code) ? LANGUAGES[code] : undefined;
}
