/**
 * What is to be done in a Slack channel besides the events of a job. `slack.notice` posts a message, `slack.changed`
 * brings a job's thread up to date, `slack.cleared` removes what was posted about a deleted job.
 */
export type Notice =
  | { type: "slack.notice"; body: Say }
  | { type: "slack.changed"; body: object }
  | { type: "slack.cleared"; body: Cleared };

export const NOTICE_TYPES = [
  "slack.notice",
  "slack.changed",
  "slack.cleared",
] as const satisfies Notice["type"][];

type Place = { team_id: string; channel_id: string; thread_ts: string | null };

export type Say = Place & {
  text: string;
  /** Where to reply when the channel is closed to us. */
  response_url: string | null;
};

/** As shared/storage/slack-notices.ts writes it. */
export type Cleared = Place & {
  status_ts: string | null;
  excerpt_ts: string | null;
  file_ids: string[];
};

/** The lane of one channel: Slack accepts about one message a second there. */
export function laneOfChannel(teamId: string, channelId: string): string {
  return `slack ${teamId} ${channelId}`;
}

export function isSlackLane(lane: string): boolean {
  return lane.startsWith("slack ");
}

/** The `url` shown for a delivery to a channel. */
export function urlOfChannel(teamId: string, channelId: string): string {
  return `slack://${teamId}/${channelId}`;
}
