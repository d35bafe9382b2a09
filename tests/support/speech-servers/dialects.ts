import type { Transcript, TranscriptWord } from "../../../shared/transcript/transcript.ts";
import type { Asked, Dialect } from "./strict-server.ts";

/** Each server's own limit on a file is 25 MB; here a little under, so that a test can meet it. */
export const MAX_FILE_BYTES = 4_000_000;
export const KEY = "key-of-the-tests";

const OPENAI_FIELDS = [
  "file",
  "model",
  "language",
  "prompt",
  "response_format",
  "temperature",
  "timestamp_granularities[]",
];
const OPENAI_FORMATS = ["flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"];

/** OpenAI's `whisper-1` (developers.openai.com, API reference "Create transcription", 2026-11). */
export const whisper1: Dialect = {
  settings: { model: "whisper-1" },
  refuse: (asked) => refuseAsOpenAi(asked),
  answer: answerAsWhisper,
};

/** OpenAI's `gpt-transcribe`: no times and no translation; a recording of at most 1,500 s, as its siblings say. */
export const gptTranscribe: Dialect = {
  settings: { model: "gpt-transcribe" },
  refuse(asked) {
    const own = refuseAsOpenAi(asked);
    if (own) return own;
    if (asked.route === "translations") {
      return openAiError(400, "The model 'gpt-transcribe' does not support translations.", "model");
    }
    const format = first(asked, "response_format");
    if (format !== "json") {
      return openAiError(
        400,
        `response_format '${format}' is not compatible with model 'gpt-transcribe'. Use 'json' instead.`,
        "response_format",
        "unsupported_value",
      );
    }
    return null;
  },
  answer: (_, { text, duration }) => ({
    text,
    usage: { type: "duration", seconds: Math.ceil(duration) },
  }),
};

/** Groq (console.groq.com/docs/speech-to-text, 2026-11): a URL has a field of its own, `url`. */
export const groq: Dialect = {
  settings: { model: "whisper-large-v3" },
  refuse(asked) {
    if (!isKnown(asked.key)) return openAiError(401, "Invalid API Key", null, "invalid_api_key");
    if (!asked.file) return openAiError(400, "one of `file` or `url` must be provided");
    if (asked.file.size > MAX_FILE_BYTES) {
      return openAiError(413, "Request Entity Too Large", null, "request_too_large");
    }
    return refuseLanguage(asked) ?? refuseUnknown(asked, [...OPENAI_FIELDS, "url"]);
  },
  answer: (asked, heard) => ({ ...answerAsWhisper(asked, heard), x_groq: { id: "req_01" } }),
};

/** vLLM (vllm/entrypoints/openai/speech_to_text, 2026): any field is let by; it knows no words' times. */
export const vllm: Dialect = {
  settings: { model: "openai/whisper-large-v3" },
  refuse(asked) {
    if (!isKnown(asked.key)) return Response.json({ error: "Unauthorized" }, { status: 401 });
    if (asked.url !== null) {
      return Response.json(
        { detail: "Expected 'file' to be a file-like object, not 'str'." },
        { status: 422 },
      );
    }
    if (asked.file && asked.file.size > MAX_FILE_BYTES) return vllmError("Maximum file size exceeded");
    const language = first(asked, "language");
    return language === null || isIso(language)
      ? null
      : vllmError(`Unsupported language: '${language}'. Must be one of ['af', 'am', 'ar'].`);
  },
  answer(asked, heard) {
    if (first(asked, "response_format") !== "verbose_json") {
      return { text: heard.text, usage: { type: "duration", seconds: Math.ceil(heard.duration) } };
    }
    return {
      duration: String(heard.duration),
      language: "en",
      text: heard.text,
      segments: whisperSegments(heard),
      words: null,
    };
  },
};

/** Speaches (speaches-ai/speaches, routers/stt.py, 2026-03): words stand in their segments too. */
export const speaches: Dialect = {
  settings: { model: "Systran/faster-whisper-large-v3" },
  refuse(asked) {
    if (!isKnown(asked.key)) return Response.json({ detail: "Invalid API key" }, { status: 403 });
    if (!asked.file) {
      const input = asked.url?.slice(0, 20);
      const msg = "Value error, Expected UploadFile, received: <class 'str'>";
      return Response.json(
        { detail: [{ type: "value_error", loc: ["body", "file"], msg, input }] },
        { status: 422 },
      );
    }
    if (asked.file.size > MAX_FILE_BYTES) return Response.json({ detail: "too large" }, { status: 413 });
    return null;
  },
  answer(asked, heard) {
    const whisper = answerAsWhisper(asked, heard);
    return {
      ...whisper,
      language: "en",
      segments: whisperSegments(heard).map((segment, n) => ({
        ...segment,
        words: whisper.words && plainWords(wordsIn(heard, n)).map((word) => ({ ...word, probability: 0.9 })),
      })),
    };
  },
};

/** Fireworks (docs.fireworks.ai, "Transcribe audio", 2026): takes a URL in `file`, and knows speakers. */
export const fireworks: Dialect = {
  settings: { model: "whisper-v3", takesUrl: true },
  refuse(asked) {
    if (!isKnown(asked.key)) return Response.json({ error: "UNAUTHORIZED" }, { status: 401 });
    if (asked.file && asked.file.size > MAX_FILE_BYTES) {
      return Response.json({ error: { message: "Audio file too large" } }, { status: 413 });
    }
    return refuseLanguage(asked);
  },
  answer: answerAsWhisper,
};

/** whisper.cpp's server (examples/server/server.cpp) under `--inference-path /v1/audio/transcriptions`: that route alone. */
export const whisperCpp: Dialect = {
  settings: { model: "ggml-large-v3" },
  refuse(asked) {
    if (asked.route === "translations") return new Response("File Not Found", { status: 404 });
    if (!asked.file) {
      return Response.json({ error: "no 'file' field in the request" }, { status: 400 });
    }
    if (asked.file.size > MAX_FILE_BYTES) return new Response(null, { status: 413 });
    return null;
  },
  answer: (_, heard) => ({
    task: "transcribe",
    language: "english",
    duration: heard.duration,
    text: heard.text,
    segments: whisperSegments(heard).map((segment, n) => ({
      ...segment,
      words: wordsIn(heard, n).flatMap(tokensOf),
    })),
    detected_language: "english",
    detected_language_probability: 0.98,
  }),
};

/** whisper.cpp writes tokens, of which only the first of a word begins with a space. */
function tokensOf({ word, start, end }: TranscriptWord) {
  const middle = start + (end - start) / 2;
  const more = { t_dtw: -1, probability: 0.9 };
  if (word.length < 4) return [{ word: ` ${word}`, start, end, ...more }];
  return [
    { word: ` ${word.slice(0, 2)}`, start, end: middle, ...more },
    { word: word.slice(2), start: middle, end, ...more },
  ];
}

function refuseAsOpenAi(asked: Asked): Response | null {
  if (!isKnown(asked.key)) return openAiError(401, "Incorrect API key provided.", null, "invalid_api_key");
  const formats = OPENAI_FORMATS.map((format) => `'${format}'`).join(", ");
  const extension = asked.file?.name.split(".").at(-1) ?? "";
  if (!OPENAI_FORMATS.includes(extension)) {
    return openAiError(400, `Invalid file format. Supported formats: [${formats}]`, "file");
  }
  const size = asked.file?.size ?? 0;
  if (size > MAX_FILE_BYTES) {
    const message = `Maximum content size limit (${MAX_FILE_BYTES}) exceeded (${size} bytes read)`;
    return openAiError(413, message, null, null, "server_error");
  }
  return refuseLanguage(asked) ?? refuseUnknown(asked, OPENAI_FIELDS);
}

function refuseLanguage(asked: Asked): Response | null {
  const language = first(asked, "language");
  if (language === null || isIso(language)) return null;
  const message = `Invalid language '${language}'. Language parameter must be specified in ISO-639-1 format.`;
  return openAiError(400, message, "language", "invalid_language_format");
}

function refuseUnknown({ fields, route }: Asked, known: string[]): Response | null {
  const allowed = known.filter(
    (name) => route === "transcriptions" || (name !== "language" && name !== "timestamp_granularities[]"),
  );
  const unknown = [...fields.keys()].find((name) => !allowed.includes(name));
  return unknown ? openAiError(400, `Unrecognized request argument supplied: ${unknown}`) : null;
}

/** Words only when they are asked for; never in a translation. */
function answerAsWhisper(asked: Asked, heard: Transcript) {
  const wantsWords = asked.fields.get("timestamp_granularities[]")?.includes("word") ?? false;
  return {
    task: asked.route === "translations" ? "translate" : "transcribe",
    language: "english",
    duration: heard.duration,
    text: heard.text,
    segments: whisperSegments(heard),
    ...(wantsWords && asked.route === "transcriptions" ? { words: plainWords(heard.words) } : {}),
    usage: { type: "duration", seconds: Math.ceil(heard.duration) },
  };
}

function whisperSegments({ segments }: Transcript) {
  return segments.map(({ start, end, text }, id) => ({
    id,
    seek: 0,
    start,
    end,
    text: ` ${text}`,
    tokens: [1],
    temperature: 0,
    avg_logprob: -0.2,
    compression_ratio: 0.8,
    no_speech_prob: 0.01,
  }));
}

function wordsIn({ segments, words }: Transcript, n: number): TranscriptWord[] {
  const segment = segments[n];
  return segment ? words.filter(({ start }) => start >= segment.start && start < segment.end) : [];
}

function plainWords(words: TranscriptWord[]) {
  return words.map(({ word, start, end }) => ({ word, start, end }));
}

function isKnown(key: string | null): boolean {
  return key === `Bearer ${KEY}`;
}

function isIso(language: string): boolean {
  return /^[a-z]{2}$/.test(language);
}

function first({ fields }: Asked, name: string): string | null {
  return fields.get(name)?.[0] ?? null;
}

function openAiError(
  status: number,
  message: string,
  param: string | null = null,
  code: string | null = null,
  type = "invalid_request_error",
): Response {
  return Response.json({ error: { message, type, param, code } }, { status });
}

function vllmError(message: string): Response {
  return Response.json(
    { error: { message, type: "BadRequestError", param: null, code: 400 } },
    { status: 400 },
  );
}
