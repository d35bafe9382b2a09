/** What a request of Slack's asks for, kept as JSON until it is done. Ids are Slack's own but for `job_id`. */
export type Task = FilesTask | UrlTask | HelpTask | JobTask | RenameTask | UninstallTask;

type Asked = { team_id: string; channel_id: string; user_id: string };

/** Files that were shared, or that somebody pointed at. */
export type FilesTask = Asked & {
  kind: "files";
  file_ids: string[];
  /** The message, and the thread it is in, as far as the event tells. */
  thread_ts: string | null;
  /** Somebody spoke to us: what is no recording gets an answer too. */
  is_addressed: boolean;
  response_url: string | null;
};

/** `/transcribe` */
export type UrlTask = Asked & {
  kind: "url";
  url: string;
  language: string;
  speakers: number | null;
  response_url: string | null;
};

export type HelpTask = Asked & { kind: "help"; ts: string; thread_ts: string | null };

/** A button. */
export type JobTask = Asked & {
  kind: "ask_names" | "delete" | "retry";
  job_id: string;
  /** Opens a dialog within three seconds. */
  trigger_id: string;
};

/** The dialog with the names was sent. */
export type RenameTask = Omit<Asked, "channel_id"> & {
  kind: "rename";
  job_id: string;
  names: Record<string, string | null>;
};

export type UninstallTask = { kind: "uninstalled"; team_id: string; /** Seconds since 1970. */ at: number };
