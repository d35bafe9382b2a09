import { computed, effect, signal } from "@preact/signals";
import { readSpeechApi, speechApi } from "../app/speech-api.ts";
import { toastProblem } from "../app/toasts.tsx";

/** `/dev/models`, as docs/local-engine.md describes it. */
type LocalModels = {
  engine: { model: string | null };
  models: LocalModel[];
  download: Download | null;
};

export type LocalModel = {
  name: string;
  title: string;
  bytes: number;
  languages: string[];
  licence?: string;
  attribution?: string;
};

type Download = {
  model: string;
  status: "running" | "done" | "failed";
  received: number;
  total: number;
  message: string | null;
};

const PATH = "/dev/models";
const ASK_EVERY_MS = 500;
const LONGEST_ANSWER_MS = 10_000;
/** A start with a model on a slow machine. */
const LONGEST_START_MS = 120_000;

/** The models that this server can get for itself; null: it cannot, as none that is deployed can. */
export const localModels = signal<LocalModels | null>(null);
/** Why the last request was refused, or what to do when the server does not come back. */
export const modelsError = signal<unknown>(null);

/** A download that runs, or one that the server is about to use. */
export const underWay = computed<Download | null>(() => {
  const { download, engine } = localModels.value ?? {};
  const isStarting = download?.status === "done" && download.message === null && engine?.model === null;
  const isAwaited = (download?.status === "running" || isStarting) && modelsError.value === null;
  return isAwaited ? (download ?? null) : null;
});

/** Keeps what is known of them fresh until the returned function is called. `onReady`: one has come, and is used. */
export function followModels(onReady: () => void): () => void {
  let isFollowed = false;
  let isAsking = false;
  let lastAnswer = performance.now();
  async function ask(): Promise<void> {
    const answer = await fetch(PATH, { signal: AbortSignal.timeout(LONGEST_ANSWER_MS) });
    const isThere = answer.ok && answer.headers.get("content-type")?.startsWith("application/json");
    localModels.value = isThere ? ((await answer.json()) as LocalModels) : null; // as our own route documents it
    lastAnswer = performance.now();
  }
  async function tick(): Promise<void> {
    if (isAsking || underWay.value === null) return;
    isAsking = true;
    await ask().catch(() => {
      // While the Workers start again nothing answers.
      if (performance.now() - lastAnswer > LONGEST_START_MS) modelsError.value = new Error(NO_RETURN);
    });
    isAsking = false;
  }
  async function finish(): Promise<void> {
    await readSpeechApi();
    if (speechApi.value !== "stand-in") onReady();
  }
  void ask().catch(() => undefined); // then there is no button
  const timer = setInterval(() => void tick(), ASK_EVERY_MS);
  const forget = effect(() => {
    const isUsed = (localModels.value?.engine.model ?? null) !== null;
    if (underWay.value) isFollowed = true;
    else if (isFollowed && isUsed) {
      isFollowed = false;
      void finish().catch(toastProblem);
    }
  });
  return () => {
    forget();
    clearInterval(timer);
  };
}

const NO_RETURN = "The server has not come back. Its terminal says why; start it again.";

export async function getModel(name: string): Promise<void> {
  modelsError.value = null;
  const headers = { "content-type": "application/json" };
  try {
    const answer = await fetch(PATH, { method: "POST", headers, body: JSON.stringify({ get: name }) });
    if (!answer.ok) throw new Error(await refusalOf(answer));
    localModels.value = (await answer.json()) as LocalModels;
  } catch (error) {
    modelsError.value = error instanceof TypeError ? new Error(UNREACHABLE) : error;
  }
}

const UNREACHABLE = "The server cannot be reached. Is npm start still running?";

/** What has come stays, for the next time. */
export async function cancelModel(): Promise<void> {
  await fetch(PATH, { method: "DELETE" }).catch(() => undefined); // then it shows that it goes on
}

async function refusalOf(answer: Response): Promise<string> {
  const body = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
  return body?.error?.message ?? `The server answered ${answer.status}. Try again in a moment.`;
}
