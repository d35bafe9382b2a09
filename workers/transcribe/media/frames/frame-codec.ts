/** What tells the frames of a codec from other bytes. */
export interface FrameCodec {
  headerBytes: number;
  maxFrameBytes: number;
  /** Length of the frame whose header is at `at`, 0 where there is none; `headerBytes` from there are present. */
  measure(bytes: Uint8Array, at: number): number;
  /** What a frame has in common with its neighbours. */
  sameStreamKey(bytes: Uint8Array, at: number): number;
}
