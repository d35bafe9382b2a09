/** views.*: modals the app opens for a person who has just acted. */

import { type CheckedView, readView } from "../block-kit.ts";
import type { Slack } from "../slack.ts";
import { SlackError } from "../slack-error.ts";
import type { Install, OpenView } from "../workspace.ts";
import type { Handler } from "./method.ts";

export const open: Handler<"views.open"> = ({ slack, install, read }) => {
  const view = readView(read.view);
  const user = useTrigger(slack, install, read.trigger_id ?? read.interactivity_pointer ?? "");
  return { view: viewObject(slack, install, openView(slack, install.team, user, view)) };
};

export const update: Handler<"views.update"> = ({ slack, install, read }) => {
  const view = readView(read.view);
  const { views } = slack.workspace;
  const found = [...views.values()].find(
    (candidate) =>
      candidate.team === install.team &&
      (read.view_id === undefined
        ? candidate.view.external_id === read.external_id
        : candidate.id === read.view_id),
  );
  if (found === undefined) throw new SlackError("not_found");
  if (read.hash !== undefined && read.hash !== found.hash) throw new SlackError("hash_conflict");
  found.view = view;
  found.hash = newHash(slack);
  return { view: viewObject(slack, install, found) };
};

/** Shows a modal to a person. @throws SlackError `duplicate_external_id` */
export function openView(slack: Slack, team: string, user: string, view: CheckedView): OpenView {
  const { workspace } = slack;
  const isTaken = [...workspace.views.values()].some(
    (other) => view.external_id && other.team === team && other.view.external_id === view.external_id,
  );
  if (isTaken) throw new SlackError("duplicate_external_id");
  const opened = { id: workspace.newId("V"), team, user, hash: newHash(slack), view };
  workspace.views.set(opened.id, opened);
  return opened;
}

/** A view as Slack shows it in answers and in submissions. */
export function viewObject({ app }: Slack, install: Install, { id, team, hash, view }: OpenView) {
  return {
    id,
    team_id: team,
    app_id: app.app_id,
    app_installed_team_id: team,
    bot_id: install.bot_id,
    type: view.type,
    title: view.title,
    close: view.close ?? null,
    submit: view.submit ?? null,
    blocks: view.blocks,
    private_metadata: view.private_metadata ?? "",
    callback_id: view.callback_id ?? "",
    external_id: view.external_id ?? "",
    state: { values: {} },
    hash,
    clear_on_close: view.clear_on_close ?? false,
    notify_on_close: view.notify_on_close ?? false,
    root_view_id: id,
    previous_view_id: null,
  };
}

function newHash({ workspace }: Slack): string {
  return `${workspace.newTs()}.${workspace.newId("h")}`;
}

/** Whose act the trigger came from. It lives three seconds and works once. */
function useTrigger({ workspace }: Slack, install: Install, id: string): string {
  const trigger = workspace.triggers.get(id);
  if (trigger === undefined || trigger.team !== install.team) throw new SlackError("invalid_trigger_id");
  if (trigger.is_used) throw new SlackError("exchanged_trigger_id");
  if (workspace.now().getTime() > trigger.expires_at) throw new SlackError("expired_trigger_id");
  trigger.is_used = true;
  return trigger.user;
}
