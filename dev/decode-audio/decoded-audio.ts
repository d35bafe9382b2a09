export type DecodedAudio = {
  /** wav, mp3, mp4, mov, aac, ogg, webm, matroska or flac */
  container: string;
  codec: string;
  /** Of the chunks, in Hz; Opus always comes at 16 kHz. */
  sampleRate: number;
  /** In the file; the chunks are mono. */
  channels: number;
  /** Samples with full scale 1, to be read once. Leaving the loop early closes the file. */
  chunks: AsyncIterable<Float32Array>;
};
