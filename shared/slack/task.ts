/** What a request from Slack asks for, kept as JSON until it is done. All ids are Slack's own, except `job_id`. */
export type SlackTask = FileTask | UrlTask | HelpTask | JobTask | RenameTask | UninstallTask;

type Requester = { team_id: string; channel_id: string; user_id: string };

/** A file that was shared, or that somebody selected with the shortcut. */
export type FileTask = Requester & {
  kind: "file";
  file_id: string;
  /** The thread of the message, if the event says so. */
  thread_ts: string | null;
  /** Somebody addressed us, so a file that is not a recording gets a reply too. */
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

/** Somebody addressed us without anything to transcribe. */
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

/** The dialog with the names was submitted. */
export type RenameTask = Omit<Requester, "channel_id"> & {
  kind: "rename";
  job_id: string;
  names: Record<string, string | null>;
};

type UninstallTask = { kind: "uninstalled"; team_id: string /** Seconds since 1970. */; at: number };
