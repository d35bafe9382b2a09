import { createModelsRoute, type ModelsRouteOptions } from "./models-route.ts";
import { type LocalDiarist, type LocalOptions, runLocal } from "./run-local.ts";

type DiaristWithModels = {
  /** The one that runs now. */
  current(): LocalDiarist;
  close(): Promise<void>;
};

type Options = {
  /** Called around a restart: before the old one ends, and when the new one runs. */
  onRestart(when: "before" | "after", local: LocalDiarist): void;
} & Omit<LocalOptions, "usesModels" | "answerDev" | "port"> &
  Pick<ModelsRouteOptions, "catalogue" | "environment"> & { port: number };

const START_AGAIN = "Stop Diarist with Ctrl-C, and start it again as before.";

/**
 * Diarist on this machine with the models that lie here, and with a route that gets some. The Workers are told at their
 * start who hears: once a model has come they are started again, and go on with what was under way.
 */
export async function runWithModels({
  catalogue,
  environment,
  onRestart,
  ...options
}: Options): Promise<DiaristWithModels> {
  let running: LocalDiarist | null = null;
  let restarting: Promise<unknown> = Promise.resolve();
  const models = createModelsRoute({
    ...(catalogue ? { catalogue } : {}),
    ...(environment ? { environment } : {}),
    engine: () => ({
      model: running?.speech.api === "local" ? running.speech.model : null,
      problem: running?.engineProblem ?? null,
    }),
    onArrival() {
      const arrival = restarting.then(restart).catch((error: unknown) => {
        console.error(error);
        return START_AGAIN;
      });
      restarting = arrival;
      return arrival;
    },
  });

  async function start(): Promise<LocalDiarist> {
    running = await runLocal({ ...options, usesModels: true, answerDev: models.answer });
    return running;
  }

  /** @returns why the model is not used yet */
  async function restart(): Promise<string | null> {
    // Another speech API was chosen, or Slack's stand-in would forget its threads.
    if (running?.speech.api !== "stand-in" || running.slack) {
      console.log("A model is here. It is used from the next start on.");
      return `It is here, and used from the next start on. ${START_AGAIN}`;
    }
    onRestart("before", running);
    await running.close();
    const { speech, engineProblem } = await start();
    onRestart("after", running);
    if (speech.api === "local") return null;
    return engineProblem ?? "It is here, but SPEECH_API chooses the stand-in. Start Diarist without that.";
  }

  await start();
  return {
    current() {
      if (!running) throw new Error("it is started by now");
      return running;
    },
    async close() {
      models.close();
      await restarting;
      await running?.close();
    },
  };
}
