/** How subtitles are laid out. The bounds are what `GET …/transcript` takes. */
export type SubtitleRules = {
  /** Columns: a wide (East Asian) character takes two. */
  maxLineColumns: number;
  maxLines: number;
  maxCueSeconds: number;
  /** Cues are held this long where the next one leaves room. */
  minCueSeconds: number;
  /** A longer silence ends a cue. */
  maxPauseSeconds: number;
  /** Where the speaker is named: where another one begins, in every cue, or nowhere. */
  labels: "changes" | "always" | "never";
};

type Bounds = { default: number; min: number; max: number };

/** 42 characters, two lines, 7 s: what Netflix, the BBC and most style guides agree on. */
export const SUBTITLE_BOUNDS = {
  /** Below 20 no name and word stand side by side; above 100 it is no subtitle. */
  maxLineColumns: { default: 42, min: 20, max: 100 },
  maxLines: { default: 2, min: 1, max: 4 },
  maxCueSeconds: { default: 7, min: 1, max: 60 },
  minCueSeconds: { default: 1, min: 0, max: 10 },
  maxPauseSeconds: { default: 0.8, min: 0.1, max: 10 },
} as const satisfies Record<Exclude<keyof SubtitleRules, "labels">, Bounds>;

export const DEFAULT_RULES: SubtitleRules = {
  maxLineColumns: SUBTITLE_BOUNDS.maxLineColumns.default,
  maxLines: SUBTITLE_BOUNDS.maxLines.default,
  maxCueSeconds: SUBTITLE_BOUNDS.maxCueSeconds.default,
  minCueSeconds: SUBTITLE_BOUNDS.minCueSeconds.default,
  maxPauseSeconds: SUBTITLE_BOUNDS.maxPauseSeconds.default,
  labels: "changes",
};
