/** An answer in the format that was asked for: JSON, or what OpenAI's route gives as text. */

import { renderSrt } from "../../shared/render/srt.ts";
import { DEFAULT_RULES } from "../../shared/render/subtitle-rules.ts";
import { renderVtt } from "../../shared/render/vtt.ts";
import { parseTranscript } from "../../shared/transcript/parse-transcript.ts";
import { jsonReply, type Reply, textReply } from "../stand-in/reply.ts";
import type { AudioOptions } from "./validate.ts";

export function renderAnswer(
  answer: { text: string },
  format: AudioOptions["responseFormat"],
  outcome: string,
): Reply {
  if (format === "json" || format === "verbose_json") return jsonReply(200, answer, outcome);
  if (format === "text") return textReply(200, `${answer.text}\n`, outcome);
  const transcript = parseTranscript(JSON.stringify(answer));
  if (!transcript.ok) throw new Error(`an answer that is no transcript: ${transcript.error.reason}`);
  const render = format === "srt" ? renderSrt : renderVtt;
  return textReply(
    200,
    render(transcript.value, (id) => id, DEFAULT_RULES),
    outcome,
  );
}
