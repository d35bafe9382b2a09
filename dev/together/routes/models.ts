import { jsonReply } from "../../stand-in/reply.ts";
import { authorize } from "../authorize.ts";
import { Refusal } from "../errors.ts";
import type { Deps, Exchange } from "../exchange.ts";
import { listEngineModel, listModels } from "../models.ts";

/** `GET /v1/models`: the speech models. Its refusal is barer than that of the audio routes, as recorded. */
export async function answerModels(exchange: Exchange, deps: Deps): Promise<void> {
  try {
    authorize(exchange.request, deps);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 401) throw error;
    await exchange.send(jsonReply(401, { error: { message: "Unauthorized" } }, error.slug));
    return;
  }
  const { engineModel } = deps;
  // Together's client reads a bare array; there is one model and no price.
  const isTogether = exchange.request.headers["user-agent"]?.startsWith("Together/");
  if (engineModel === undefined) await exchange.send(jsonReply(200, listModels()));
  else if (isTogether)
    await exchange.send(jsonReply(200, [{ id: engineModel, object: "model", type: "transcribe" }]));
  else await exchange.send(jsonReply(200, listEngineModel(engineModel)));
}
