/**
 * Notes a multipart upload that R2 has just begun, which cannot be asked for its uploads. When the note fails, it is
 * found out whether it was made all the same; if not, or if nobody can tell, the upload is ended, so that R2 keeps none
 * that nobody knows: a note of one that is ended is no use, and another is begun. Only a Worker that dies in between, or R2
 * that is away as well, leaves one; R2 ends it after a week.
 *
 * @param find what was noted; null: nothing was
 */
export async function noteMultipart<T>(
  upload: Pick<R2MultipartUpload, "abort">,
  note: () => Promise<T>,
  find: () => Promise<T | null>,
): Promise<T> {
  try {
    return await note();
  } catch (error) {
    const noted = await find().catch(() => null);
    if (noted) return noted;
    await upload.abort().catch(() => undefined);
    throw error;
  }
}
