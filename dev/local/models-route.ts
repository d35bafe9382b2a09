/**
 * `/dev/models`: what the page's "get models" button asks. It is there under `npm start` alone; docs/local-engine.md
 * describes it.
 */

import { Response } from "miniflare";
import { z } from "zod";
import { CATALOGUE, type CatalogueEntry, describeEntry, downloadBytes } from "../models/catalogue.ts";
import { DownloadError } from "../models/download/download-error.ts";
import { getModel } from "../models/download/get-model.ts";
import { modelsFolder, presentModels } from "../models/present-models.ts";
import type { DevRequest } from "./local-stack.ts";

type Download = {
  model: string;
  status: "running" | "done" | "failed";
  received: number;
  total: number;
  /** Why it failed, or why a model that is here is not used yet; and what to do. */
  message: string | null;
};

type ModelsRoute = {
  answer(request: DevRequest): Promise<Response | null>;
  close(): void;
};

export type ModelsRouteOptions = {
  environment?: NodeJS.Dict<string>;
  catalogue?: readonly CatalogueEntry[];
  /** The model that is used now, or why there is none. */
  engine(): { model: string | null; problem: string | null };
  /** A model has come. Gives why it is not used yet and what to do; null: it is. */
  onArrival(): Promise<string | null>;
};

const bodySchema = z.strictObject({ get: z.string() });

export function createModelsRoute({
  environment = process.env,
  catalogue = CATALOGUE,
  engine,
  onArrival,
}: ModelsRouteOptions): ModelsRoute {
  let stop = new AbortController();
  let download: Download | null = null;

  function start(entry: CatalogueEntry): void {
    const started: Download = {
      model: entry.name,
      status: "running",
      received: 0,
      total: downloadBytes(entry),
      message: null,
    };
    download = started;
    stop = new AbortController();
    const { signal } = stop;
    const onProgress = (received: number) => {
      started.received = received;
    };
    getModel(entry, modelsFolder(environment), { environment, signal, onProgress }).then(
      async () => {
        started.status = "done";
        started.received = started.total;
        started.message = await onArrival();
      },
      (error: unknown) => {
        started.status = "failed";
        started.message =
          error instanceof DownloadError ? error.message : "The download failed; the terminal says why.";
        if (!(error instanceof DownloadError) && !signal.aborted) console.error(error);
      },
    );
  }

  async function describe() {
    const present = await presentModels(modelsFolder(environment));
    const models = catalogue.map((entry) => {
      const { languages, licence, attribution } = describeEntry(entry);
      const here = present.some(({ name }) => name === entry.name);
      const { name, title } = entry;
      return { name, title, bytes: downloadBytes(entry), languages, licence, attribution, here };
    });
    return { engine: engine(), models, download };
  }

  async function get(request: DevRequest): Promise<Response> {
    // A page of somebody else's cannot send this type without asking first, and nobody answers it.
    if (!request.headers.get("content-type")?.startsWith("application/json")) {
      return problem(415, 'Send JSON: {"get":"small"}');
    }
    const body = bodySchema.safeParse(parseJson(await request.text()));
    const entry = catalogue.find(({ name }) => name === body.data?.get);
    if (!entry) return problem(400, `"get" is one of ${catalogue.map(({ name }) => name).join(", ")}.`);
    if (download?.status === "running") return problem(409, `${download.model} is being fetched.`);
    start(entry);
    return Response.json(await describe(), { status: 202 });
  }

  return {
    async answer(request) {
      if (new URL(request.url).pathname !== "/dev/models") return null;
      switch (request.method) {
        case "GET":
          return Response.json(await describe());
        case "POST":
          return get(request);
        case "DELETE":
          stop.abort(new DownloadError("Canceled. Get it again: it goes on where it was."));
          return new Response(null, { status: 204 });
        default:
          return problem(405, "There are GET, POST and DELETE.");
      }
    },
    close: () =>
      stop.abort(new DownloadError("Diarist was stopped. Start it again: it goes on where it was.")),
  };
}

function problem(status: number, message: string): Response {
  return Response.json({ error: { message } }, { status });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
