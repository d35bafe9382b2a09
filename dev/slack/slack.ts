/** The stand-in as its parts see it: the app it serves, what Slack remembers, how it is told to behave. */

import type { Newest } from "../stand-in/newest.ts";
import type { Sleep } from "../stand-in/sleep.ts";
import type { Call, CallFields } from "./calls.ts";
import type { SlackControl } from "./control.ts";
import type { Deliverer } from "./deliver.ts";
import type { Workspace } from "./workspace.ts";

/** What Slack gives an app when it is made. */
export type AppCredentials = {
  app_id: string;
  client_id: string;
  client_secret: string;
  signing_secret: string;
  /** The deprecated token in each request's body; the signature has replaced it. */
  verification_token: string;
};

export type Slack = {
  app: AppCredentials;
  workspace: Workspace;
  control: SlackControl;
  calls: Newest<CallFields>;
  deliverer: Deliverer;
  sleep: Sleep;
  /** Told of each request that was carried out, before its answer leaves. */
  onCall: (call: Call) => void;
  /** Where this server is; `cdn` is another origin that downloads are redirected to. */
  urls(): { main: URL; cdn: URL };
};
