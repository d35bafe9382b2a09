/** The stand-in as its parts see it: the app it serves, what Slack remembers, how it is told to behave. */

import type { Sleep } from "../together/reply.ts";
import type { Call, CallLog } from "./calls.ts";
import type { Control } from "./control.ts";
import type { Deliverer } from "./deliver.ts";
import type { World } from "./workspace.ts";

/** What Slack gives an app when it is made. */
export type AppCredentials = {
  app_id: string;
  client_id: string;
  client_secret: string;
  signing_secret: string;
  /** The token of old in each request's body; whoever relies on it instead of the signature is wrong. */
  verification_token: string;
};

export type Slack = {
  app: AppCredentials;
  world: World;
  control: Control;
  calls: CallLog;
  deliverer: Deliverer;
  sleep: Sleep;
  /** Told of each request that was carried out, before its answer leaves. */
  onCall: (call: Call) => void;
  /** Where this server is; `cdn` is another origin that downloads are redirected to. */
  urls(): { main: URL; cdn: URL };
};
