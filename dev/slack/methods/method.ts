/** What a Web API method is to this stand-in. */

import type {
  AppsUninstallResponse,
  AuthRevokeResponse,
  AuthTestResponse,
  ChatDeleteResponse,
  ChatPostEphemeralResponse,
  ChatPostMessageResponse,
  ChatUpdateResponse,
  ConversationsHistoryResponse,
  ConversationsInfoResponse,
  ConversationsRepliesResponse,
  FilesCompleteUploadExternalResponse,
  FilesDeleteResponse,
  FilesGetUploadURLExternalResponse,
  FilesInfoResponse,
  OauthV2AccessResponse,
  UsersInfoResponse,
  ViewsOpenResponse,
  ViewsUpdateResponse,
} from "@slack/web-api";
import type { Arguments, Method } from "../arguments.ts";
import type { Slack } from "../slack.ts";
import type { Install } from "../workspace.ts";

type Responses = {
  "apps.uninstall": AppsUninstallResponse;
  "auth.revoke": AuthRevokeResponse;
  "auth.test": AuthTestResponse;
  "chat.delete": ChatDeleteResponse;
  "chat.postEphemeral": ChatPostEphemeralResponse;
  "chat.postMessage": ChatPostMessageResponse;
  "chat.update": ChatUpdateResponse;
  "conversations.history": ConversationsHistoryResponse;
  "conversations.info": ConversationsInfoResponse;
  "conversations.replies": ConversationsRepliesResponse;
  "files.completeUploadExternal": FilesCompleteUploadExternalResponse;
  "files.delete": FilesDeleteResponse;
  "files.getUploadURLExternal": FilesGetUploadURLExternalResponse;
  "files.info": FilesInfoResponse;
  "oauth.v2.access": OauthV2AccessResponse;
  "users.info": UsersInfoResponse;
  "views.open": ViewsOpenResponse;
  "views.update": ViewsUpdateResponse;
};

/** Without what allows any key, so that a misspelt one does not compile. */
type Named<Response> = { [Key in keyof Response as string extends Key ? never : Key]: Response[Key] };

/**
 * What a method answers beside `ok`. Messages and views are left open: their published types write blocks with enums
 * that no literal fits.
 */
export type MethodAnswer<M extends Method> = Omit<
  Named<Responses[M]>,
  "ok" | "message" | "messages" | "view"
> & {
  message?: unknown;
  messages?: unknown[];
  view?: unknown;
  /** Of `auth.revoke`; documented, and not in the published type. */
  revoked?: boolean;
};

export type Handler<M extends Method> = (call: {
  slack: Slack;
  install: Install;
  read: Arguments<M>;
}) => MethodAnswer<M>;
