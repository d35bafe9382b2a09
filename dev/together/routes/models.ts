import { jsonReply } from "../../stand-in/reply.ts";
import { authorize } from "../authorize.ts";
import { Refusal } from "../errors.ts";
import type { Deps, Exchange } from "../exchange.ts";
import { listModels } from "../models.ts";

/** `GET /v1/models`: the speech models. Its refusal is barer than that of the audio routes, as recorded. */
export async function answerModels(exchange: Exchange, deps: Deps): Promise<void> {
  try {
    authorize(exchange.request, deps);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 401) throw error;
    await exchange.send(jsonReply(401, { error: { message: "Unauthorized" } }, error.slug));
    return;
  }
  await exchange.send(jsonReply(200, listModels()));
}
