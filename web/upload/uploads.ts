import { batch, signal } from "@preact/signals";
import { type Diarist, dataOf, type Job } from "../api/diarist.ts";
import { toast, toastProblem } from "../app/toasts.tsx";
import { RateMeter } from "./rate-meter.ts";
import type { Sending, Unfinished } from "./send-file.ts";

/** A recording on its way to the server. */
export type ActiveUpload = {
  id: number;
  name: string;
  bytes: number;
  sent: number;
  bytesPerSecond: number | null;
  stage: "waiting" | "sending" | "interrupted" | "failed";
  error: unknown;
  retry: () => void;
  cancel: () => void;
};

/** More at once are rarely faster on one connection. */
const AT_ONCE = 2;

export const uploads = signal<ActiveUpload[]>([]);
/** Started earlier in this browser; choosing the file again resumes it. */
export const unfinished = signal<Unfinished[]>([]);
/** The job that was created last. */
export const created = signal<Job | null>(null);

let lastId = 0;
addEventListener("beforeunload", (event) => {
  if (uploads.value.length > 0) event.preventDefault(); // the browser asks whether to leave
});

/** Queues recordings. A file that clearly is not one is refused at once, not after it has been sent. */
export function addFiles(diarist: Diarist, files: Iterable<File>, options: object, onSent = () => {}): void {
  for (const file of files) {
    const reason = whyNoRecording(file);
    if (reason) toast(`${file.name}: ${reason}`, "problem");
    else addFile(diarist, file, options, onSent);
  }
}

/** Has the server fetch a recording. @throws ApiError */
export async function addUrl(diarist: Diarist, url: string, options: object): Promise<void> {
  created.value = await dataOf(diarist.api.POST("/v1/jobs", { body: { ...options, file: url } }));
}

export async function findUnfinished(diarist: Diarist): Promise<void> {
  const isAnyBegun = Object.keys(localStorage).some((key) => key.startsWith("tus::"));
  if (!isAnyBegun) return;
  const { listUnfinished } = await import("./send-file.ts");
  const underWay = new Set(uploads.value.map(({ name }) => name));
  unfinished.value = (await listUnfinished(diarist)).filter(({ name }) => !underWay.has(name));
}

export async function forget(upload: Unfinished): Promise<void> {
  unfinished.value = unfinished.value.filter((other) => other !== upload);
  await upload.forget();
}

function addFile(diarist: Diarist, file: File, options: object, onSent: () => void): void {
  const id = ++lastId;
  let sending: Sending | null = null;
  const cancel = () => {
    remove(id);
    void sending?.cancel().catch(() => undefined); // the server removes it within a day anyway
    startNext();
  };
  const start = async () => {
    change(id, { stage: "sending", error: null });
    const meter = new RateMeter();
    try {
      const { sendFile } = await import("./send-file.ts");
      if (!uploads.value.some((upload) => upload.id === id)) return; // canceled meanwhile
      sending = sendFile(diarist, file, {
        options,
        onProgress(sent) {
          meter.add(performance.now(), sent);
          change(id, { sent, stage: "sending", bytesPerSecond: meter.bytesPerSecond });
        },
        onBreak: () => change(id, { stage: "interrupted", bytesPerSecond: null }),
      });
      const jobId = await sending.done;
      onSent();
      remove(id);
      void show(diarist, jobId);
    } catch (error) {
      change(id, { stage: "failed", error, bytesPerSecond: null });
    }
    startNext();
  };
  waiting.set(id, start);
  const retry = () => {
    waiting.set(id, start);
    change(id, { stage: "waiting", error: null });
    startNext();
  };
  const upload: ActiveUpload = {
    id,
    name: file.name,
    bytes: file.size,
    sent: 0,
    bytesPerSecond: null,
    stage: "waiting",
    error: null,
    retry,
    cancel,
  };
  batch(() => {
    uploads.value = [...uploads.value, upload];
    unfinished.value = unfinished.value.filter(
      ({ name, bytes }) => name !== file.name || bytes !== file.size,
    );
  });
  startNext();
}

/** Shows a new job in the list at once; if that fails, the list finds it by itself. */
async function show(diarist: Diarist, jobId: string): Promise<void> {
  const answer = diarist.api.GET("/v1/jobs/{id}", { params: { path: { id: jobId } } });
  created.value = await dataOf(answer).catch(() => null);
}

/** By id, in the order they were added. */
const waiting = new Map<number, () => Promise<void>>();

function startNext(): void {
  const underWay = uploads.value.filter(({ stage }) => stage === "sending" || stage === "interrupted").length;
  const [next] = waiting;
  if (!next || underWay >= AT_ONCE) return;
  const [id, start] = next;
  waiting.delete(id);
  void start().catch(toastProblem);
  startNext();
}

function change(id: number, news: Partial<ActiveUpload>): void {
  uploads.value = uploads.value.map((upload) => (upload.id === id ? { ...upload, ...news } : upload));
}

function remove(id: number): void {
  waiting.delete(id);
  uploads.value = uploads.value.filter((upload) => upload.id !== id);
}

/** null: it may be a recording; the server decides by its bytes. */
function whyNoRecording({ type, size }: File): string | null {
  if (size === 0) return "The file is empty, or it is a folder. Choose the recordings themselves.";
  const isOther = /^(image|text|font|application\/(pdf|zip|json|msword|vnd\.openxml))/.test(type);
  return isOther ? "This is not a recording. Choose an audio or video file." : null;
}
