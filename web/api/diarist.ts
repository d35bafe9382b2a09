import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "../../client/api.ts";
import { type Reach, reachOf, send } from "../../client/request.ts";

export type { components, paths } from "../../client/api.ts";
export { ApiError, type Job, UnreachableError } from "../../client/errors.ts";
export type Schemas = components["schemas"];

/** The API of the server that serves this page, with one key. */
export type Diarist = {
  /** Every route, typed; a refusal is thrown as ApiError. `dataOf(diarist.api.GET("/v1/jobs"))` */
  api: Client<paths>;
  /** For streams and files, which have no typed route: `send(diarist.reach, () => new Request(…))`. */
  reach: Reach;
};

/** Somebody is waiting, so an error that does not pass within seconds is shown. */
const ATTEMPTS = 3;

/**
 * @param onUnauthorized called when the server does not accept the key, or no longer does
 * @throws TypeError when this cannot be a key
 */
export function connect(apiKey: string, onUnauthorized: () => void = () => {}): Diarist {
  const reach = reachOf({
    url: location.origin,
    apiKey,
    attempts: ATTEMPTS,
    async fetch(input, init) {
      const answer = await fetch(input, init);
      if (answer.status === 401) onUnauthorized();
      return answer;
    },
  });
  const api = createClient<paths>({
    baseUrl: reach.url,
    fetch: (request) => send(reach, () => request.clone()),
  });
  return { api, reach };
}

/** The data of a typed route's response. */
export async function dataOf<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw new TypeError("The server's response is empty.");
  return data;
}

/** Sends a request to a path of this server with the key. @throws ApiError, UnreachableError */
export function fetchPath({ reach }: Diarist, path: string, init: RequestInit = {}): Promise<Response> {
  return send(reach, () => new Request(reach.url + path, init));
}
