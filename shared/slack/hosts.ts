/** Where Slack is: the real one, or a stand-in on this machine under `npm start`. */
export type SlackHosts = {
  /** The Web API's, with a trailing slash. */
  apiUrl: string;
};

const SLACK_API = "https://slack.com/api/";

/** @param apiUrl the setting SLACK_API_URL, which only a local run may have */
export function slackHosts(apiUrl: string | undefined, allowLocal: boolean): SlackHosts {
  const url = allowLocal && apiUrl ? new URL(apiUrl).href : SLACK_API;
  return { apiUrl: url.endsWith("/") ? url : `${url}/` };
}

/** Whether a bot's token may be sent there: only to Slack itself, never to a host that a redirect names. */
export function mayHaveToken(url: URL, { apiUrl }: SlackHosts): boolean {
  if (apiUrl !== SLACK_API) return url.origin === new URL(apiUrl).origin;
  return (
    url.protocol === "https:" &&
    url.port === "" &&
    (url.hostname === "slack.com" || url.hostname.endsWith(".slack.com"))
  );
}

/** Whether this is a `response_url`, which Slack gives us to call. */
export function isResponseUrl(text: string, { apiUrl }: SlackHosts): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (apiUrl !== SLACK_API) return url.origin === new URL(apiUrl).origin;
  return url.protocol === "https:" && url.host === "hooks.slack.com";
}
