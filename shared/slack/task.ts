/** What a request of Slack's asks for, kept as JSON until it is done. Ids are Slack's own but for `job_id`. */
export type SlackTask = FileTask | UrlTask | HelpTask | JobTask | RenameTask | UninstallTask;

type Requester = { team_id: string; channel_id: string; user_id: string };

/** A file that was shared, or that somebody pointed at. */
export type FileTask = Requester & {
  kind: "file";
  file_id: string;
  /** The message, and the thread it is in, as far as the event tells. */
  thread_ts: string | null;
  /** Somebody spoke to us: what is no recording gets an answer too. */
  is_addressed: boolean;
  response_url: string | null;
};

/** `/transcribe` */
export type UrlTask = Requester & {
  kind: "url";
  url: string;
  language: string;
  speakers: number | null;
  response_url: string | null;
};

/** Somebody spoke to us and gave us nothing to transcribe. */
export type HelpTask = Requester & {
  kind: "help";
  /** Null: the message shortcut was used. */
  ts: string | null;
  thread_ts: string | null;
  response_url: string | null;
};

/** A button. */
export type JobTask = Requester & {
  kind: "ask_names" | "delete" | "retry";
  job_id: string;
  /** Opens a dialog within three seconds. */
  trigger_id: string;
};

/** The dialog with the names was sent. */
export type RenameTask = Omit<Requester, "channel_id"> & {
  kind: "rename";
  job_id: string;
  names: Record<string, string | null>;
};

export type UninstallTask = { kind: "uninstalled"; team_id: string /** Seconds since 1970. */; at: number };
