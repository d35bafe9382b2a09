import type { Container } from "../media/container.ts";
import { withMedia } from "../media/open-media.ts";
import { readTimeline } from "../media/timeline.ts";

const CONTAINERS: Container[] = ["mp4", "mov", "mkv", "webm"];
/** Less is within what encoders put in front, and nobody hears it. */
const LATE_SECONDS = 0.02;

/** Whether a video's sound starts later than its picture: sent alone, it would be heard too early. */
export async function startsLate(
  bucket: R2Bucket,
  key: string,
  { container, bytes }: { container: Container; bytes: number },
): Promise<boolean> {
  if (!CONTAINERS.includes(container)) return false;
  return withMedia(bucket, key, bytes, async (input) => {
    const audio = await input.getPrimaryAudioTrack();
    return audio !== null && (await readTimeline(audio)).soundStart > LATE_SECONDS;
  });
}
