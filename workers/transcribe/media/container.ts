/** `m4a` is MP4 without video. */
export type Container = "wav" | "mp3" | "m4a" | "mp4" | "mov" | "webm" | "mkv" | "ogg" | "flac" | "aac";

/** What a probe finds out about a recording. */
export type MediaFacts = {
  container: Container;
  codec: string;
  /** Seconds. */
  duration: number;
  channels: number;
  /** Hz. */
  sampleRate: number;
};
