/** What the first response of a recording's URL said about it. */
export type SourceFacts = {
  filename: string | null;
  contentType: string | null;
  /** For If-Range: a strong ETag or a Last-Modified; null when the download cannot be continued after a break. */
  validator: string | null;
  /** Bytes; null when the server did not say. */
  total: number | null;
};
