import type { Transcript } from "../../../shared/transcript/transcript.ts";

/** One request as the server read it. */
type SeenRequest = {
  route: string;
  key: string | null;
  /** Texts as they are; a file as its name and size. */
  fields: Record<string, string | string[]>;
  bytes: number | null;
  status: number;
};

/** What a server may refuse or answer, worked out from the form. */
export type Asked = {
  route: "transcriptions" | "translations";
  fields: Map<string, string[]>;
  file: File | null;
  url: string | null;
  key: string | null;
};

/** The ways of one kind of server: what it refuses, and how its answer looks. */
export type Dialect = {
  /** The settings an operator would make. */
  settings: { model: string; takesUrl?: boolean };
  /** The first thing that is wrong with the request. */
  refuse(asked: Asked): Response | null;
  answer(asked: Asked, heard: Transcript): unknown;
};

export type StrictServer = {
  fetch: typeof fetch;
  requests: SeenRequest[];
  /** The next calls are answered so, one each. */
  meet(...answers: (() => Response)[]): void;
};

const ROUTE = /\/v1\/audio\/(transcriptions|translations)$/;

/**
 * A speech server that takes nothing its kind does not take.
 * @param hear what is said in a file, or behind a URL
 */
export function createStrictServer(
  dialect: Dialect,
  hear: (file: Uint8Array | string) => Promise<Transcript>,
): StrictServer {
  const requests: SeenRequest[] = [];
  const upcoming: (() => Response)[] = [];
  return {
    requests,
    meet: (...answers) => void upcoming.push(...answers),
    async fetch(input, init) {
      const request = new Request(input instanceof Request ? input.url : input, init as RequestInit);
      const form = await request.clone().formData();
      const asked = readForm(request, form);
      const file = asked.file && new Uint8Array(await asked.file.arrayBuffer());
      const response =
        upcoming.shift()?.() ?? dialect.refuse(asked) ?? (await answer(file ?? asked.url ?? "", asked));
      requests.push(note(asked, response.status));
      return response;
    },
  };

  async function answer(file: Uint8Array | string, asked: Asked): Promise<Response> {
    return Response.json(dialect.answer(asked, await hear(file)));
  }
}

function readForm(request: Request, form: FormData): Asked {
  const [, route] = ROUTE.exec(request.url) ?? [];
  if (route !== "transcriptions" && route !== "translations") {
    throw new Error(`no speech server has ${request.url}`);
  }
  const fields = new Map<string, string[]>();
  for (const [name, value] of form.entries()) {
    fields.set(name, [...(fields.get(name) ?? []), typeof value === "string" ? value : value.name]);
  }
  const file = form.get("file");
  return {
    route,
    fields,
    file: file instanceof File ? file : null,
    url: typeof file === "string" ? file : null,
    key: request.headers.get("authorization"),
  };
}

function note({ route, fields, file, key }: Asked, status: number): SeenRequest {
  const own = [...fields].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? "") : values]);
  return { route, key, fields: Object.fromEntries(own), bytes: file?.size ?? null, status };
}
