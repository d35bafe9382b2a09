/** What the first answer of a recording's URL said about it. */
export type SourceFacts = {
  filename: string | null;
  contentType: string | null;
  /** For If-Range: a strong ETag or a Last-Modified; null when a download that breaks off cannot be continued. */
  validator: string | null;
  /** Bytes; null when the server did not say. */
  total: number | null;
};
