/** One GET, with its redirects, through the proxy that the environment names. */

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { URL } from "node:url";
import { DownloadError } from "./download-error.ts";

type RequestOptions = {
  headers: Record<string, string>;
  signal: AbortSignal;
  /** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are heeded. */
  environment: NodeJS.Dict<string>;
  idleMs: number;
};

const MOST_REDIRECTS = 5;

export async function get(url: URL, options: RequestOptions, redirects = 0): Promise<IncomingMessage> {
  const response = await send(url, options);
  const { statusCode = 0, headers } = response;
  if (statusCode < 300 || statusCode > 399 || headers.location === undefined) return response;
  response.destroy();
  if (redirects === MOST_REDIRECTS) {
    throw new DownloadError(`${url.host} redirects more than ${MOST_REDIRECTS} times.`);
  }
  const next = new URL(headers.location, url);
  if (url.protocol === "https:" && next.protocol !== "https:") {
    throw new DownloadError(`${url.host} redirects from https to ${next.protocol}//${next.host}.`);
  }
  return get(next, options, redirects + 1);
}

function send(url: URL, { headers, signal, environment, idleMs }: RequestOptions): Promise<IncomingMessage> {
  const isSecure = url.protocol === "https:";
  const agent = new (isSecure ? HttpsAgent : HttpAgent)({ proxyEnv: environment });
  return new Promise((resolve, reject) => {
    const outgoing = (isSecure ? httpsRequest : httpRequest)(url, {
      agent,
      signal,
      headers: { "user-agent": "diarist", accept: "*/*", "accept-encoding": "identity", ...headers },
    });
    outgoing.setTimeout(idleMs, () => {
      outgoing.destroy(
        Object.assign(new Error(`nothing came for ${idleMs / 1000} s`), { code: "ETIMEDOUT" }),
      );
    });
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
    outgoing.end();
  });
}
