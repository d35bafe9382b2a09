import { type Failure, failure } from "../../../shared/failure.ts";
import { mayHaveToken, type SlackHosts } from "../../../shared/slack/hosts.ts";

/** What is particular to the server that a recording comes from. */
export type Origin = {
  /** Beside ours; nobody else may see them. */
  ownHeaders: Record<string, string>;
  /** Which hosts may have them; null: the URL's own server, until a redirect leads away from it. */
  mayHaveOwn: ((url: URL) => boolean) | null;
  /** Whether a web page may come under another Content-Type, so that the first bytes are looked at. */
  mayDisguisePages: boolean;
  /** How a refusal ends the job; `isPage`: a web page came in place of the file. */
  refusal: (seen: string, isPage: boolean) => Failure;
};

/** @param fileHeaders the customer's */
export function anyOrigin(fileHeaders: Record<string, string>): Origin {
  return {
    ownHeaders: fileHeaders,
    mayHaveOwn: null,
    mayDisguisePages: false,
    refusal: (seen) => failure("source_unreachable", seen),
  };
}

/** A file in Slack, which the bot's token opens. Without access Slack shows its sign-in page, with status 200. */
export function slackOrigin(token: string, hosts: SlackHosts): Origin {
  return {
    ownHeaders: { authorization: `Bearer ${token}` },
    mayHaveOwn: (url) => mayHaveToken(url, hosts),
    mayDisguisePages: true,
    refusal: (seen, isPage) =>
      isPage
        ? failure("slack_permission_missing", "Slack sent its sign-in page in place of the file.")
        : failure("slack_file_unreachable", seen),
  };
}
