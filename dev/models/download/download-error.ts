/** A model that could not be fetched; the message says why and what to do. */
export class DownloadError extends Error {
  override name = "DownloadError";
}
