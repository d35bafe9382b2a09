/** Who and what: auth.test, users.info, conversations.info. */

import { SlackError } from "../slack-error.ts";
import type { Handler } from "./method.ts";

export const authTest: Handler<"auth.test"> = ({ slack, install }) => {
  const { teams, users } = slack.workspace;
  const team = teams.get(install.team);
  return {
    url: `https://${team?.domain}.slack.com/`,
    team: team?.name ?? "",
    user: users.get(install.bot_user)?.name ?? "",
    team_id: install.team,
    user_id: install.bot_user,
    bot_id: install.bot_id,
    is_enterprise_install: false,
  };
};

export const usersInfo: Handler<"users.info"> = ({ slack, install, read }) => {
  const user = slack.workspace.users.get(read.user);
  if (user === undefined || user.team !== install.team) throw new SlackError("user_not_found");
  const { id, team, name, real_name, is_bot } = user;
  return {
    user: {
      id,
      team_id: team,
      name,
      real_name,
      is_bot,
      deleted: false,
      tz: "Europe/London",
      profile: { real_name, display_name: name },
    },
  };
};

export const conversationsInfo: Handler<"conversations.info"> = ({ slack, install, read }) => {
  const channel = slack.workspace.channels.get(read.channel);
  const isMember = channel?.members.has(install.bot_user) ?? false;
  if (channel?.team !== install.team || (channel.kind !== "channel" && !isMember)) {
    throw new SlackError("channel_not_found");
  }
  return {
    channel: {
      id: channel.id,
      name: channel.name,
      is_channel: channel.kind === "channel",
      is_group: channel.kind === "group",
      is_im: channel.kind === "im",
      is_mpim: channel.kind === "mpim",
      is_private: channel.kind !== "channel",
      is_archived: channel.is_archived,
      is_member: isMember,
      is_ext_shared: channel.is_ext_shared,
    },
  };
};
