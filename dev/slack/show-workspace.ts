/** What people would see, and what it was before: for tests and the demo. No tokens. */

import type { Slack } from "./slack.ts";
import type { MessageVersion, Workspace } from "./workspace.ts";

export type ShownMessage = {
  ts: string;
  thread_ts: string | null;
  user: string;
  is_from_app: boolean;
  ephemeral_to: string | null;
  text: string;
  blocks: MessageVersion["blocks"];
  /** As posted first, as seen now last. */
  versions: MessageVersion[];
  files: { id: string; name: string; title: string; size: number; mimetype: string }[];
  is_deleted: boolean;
};

export type ShownWorkspace = {
  teams: { id: string; name: string; is_installed: boolean; scopes: string[]; bot_user: string | null }[];
  users: { id: string; team: string; name: string; is_bot: boolean }[];
  channels: {
    id: string;
    team: string;
    name: string;
    kind: string;
    members: string[];
    messages: ShownMessage[];
  }[];
  views: { id: string; team: string; user: string; view: object }[];
};

export function showWorkspace({ workspace }: Pick<Slack, "workspace">): ShownWorkspace {
  return {
    teams: [...workspace.teams.values()].map(({ id, name }) => {
      const install = [...workspace.installs.values()].find(({ team, ended }) => team === id && !ended);
      return {
        id,
        name,
        is_installed: install !== undefined,
        scopes: install?.scopes ?? [],
        bot_user: install?.bot_user ?? null,
      };
    }),
    users: [...workspace.users.values()].map(({ id, team, name, is_bot }) => ({ id, team, name, is_bot })),
    channels: [...workspace.channels.values()].map(({ id, team, name, kind, members }) => ({
      id,
      team,
      name,
      kind,
      members: [...members],
      messages: showMessages(workspace, id),
    })),
    views: [...workspace.views.values()].map(({ id, team, user, view }) => ({ id, team, user, view })),
  };
}

/** The messages of a conversation, oldest first; of one thread alone when its parent's `ts` is given. */
export function showMessages(workspace: Workspace, channel: string, thread?: string): ShownMessage[] {
  return workspace.messages
    .filter((message) => message.channel === channel)
    .filter(({ ts, thread_ts }) => thread === undefined || ts === thread || thread_ts === thread)
    .map(({ ts, thread_ts, user, bot_id, ephemeral_to, versions, files, deleted_at }) => ({
      ts,
      thread_ts: thread_ts ?? null,
      user,
      is_from_app: bot_id !== undefined,
      ephemeral_to: ephemeral_to ?? null,
      text: versions.at(-1)?.text ?? "",
      blocks: versions.at(-1)?.blocks ?? [],
      versions,
      files: files.flatMap((id) => {
        const facts = workspace.files.get(id)?.facts;
        return facts === undefined
          ? []
          : [{ id, name: facts.name, title: facts.title, size: facts.size, mimetype: facts.mimetype }];
      }),
      is_deleted: deleted_at !== undefined,
    }));
}
