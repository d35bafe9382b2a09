import { Hono } from "hono";
import { TRANSCRIBE_COMMAND } from "../../../shared/slack/actions.ts";
import type { IngestApp } from "../app.ts";
import { parseJson } from "../http/read-body.ts";
import { readCommand, USAGE } from "../slack/read-command.ts";
import { readEvent, text } from "../slack/read-event.ts";
import { readInteraction } from "../slack/read-interaction.ts";
import { keep, receive } from "../slack/receive.ts";

/**
 * The routes that Slack calls. Each verifies and keeps the request, then responds at once, without a call to Slack. If
 * storage fails, the response is a 500, and Slack repeats the request.
 */
export const slack = new Hono<IngestApp>();

slack.post("/slack/events", async (c) => {
  const received = await receive(c);
  if (!received) return c.body(null, 200);
  const event = readEvent(parseJson(received.body, "The event"));
  if (event.kind === "challenge") return c.json({ challenge: event.challenge });
  if (event.kind === "tasks") await keep(c, event.id, event.tasks);
  return c.body(null, 200);
});

slack.post("/slack/commands", async (c) => {
  const received = await receive(c);
  if (!received) return c.body(null, 200);
  const form = new URLSearchParams(received.body);
  const answer = (said: string) => c.json({ response_type: "ephemeral", text: said });
  const [teamId, channelId] = [text(form.get("team_id")), text(form.get("channel_id"))];
  if (form.get("command") !== TRANSCRIBE_COMMAND || teamId === null || channelId === null)
    return answer(USAGE);
  const { allowLocal, baseUrl, mediaBaseUrl, slack: settings } = c.get("config");
  const policy = { allowLocal, ownHosts: [baseUrl, mediaBaseUrl] };
  const asked = readCommand(form.get("text") ?? "", policy, settings.hosts);
  if (!asked.ok) return answer(asked.error);
  const userId = text(form.get("user_id")) ?? "";
  const responseUrl = text(form.get("response_url"));
  await keep(c, received.signature, [
    {
      kind: "url",
      team_id: teamId,
      channel_id: channelId,
      user_id: userId,
      response_url: responseUrl,
      ...asked.value,
    },
  ]);
  return answer("On it: I post the transcript in this channel.");
});

slack.post("/slack/interactions", async (c) => {
  const received = await receive(c);
  if (!received) return c.body(null, 200);
  const payload = new URLSearchParams(received.body).get("payload") ?? "";
  await keep(c, received.signature, readInteraction(parseJson(payload, "The payload")));
  return c.body(null, 200);
});
