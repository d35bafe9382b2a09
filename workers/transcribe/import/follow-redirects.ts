import { SOURCE_ANSWER_MS } from "../../../shared/limits.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { checkDestination } from "../../../shared/webhooks/destination.ts";
import type { Deps } from "../deps.ts";

const MAX_REDIRECTS = 3;

/** An answer that is no redirect. `who` tells the customer which hosts led to it: hosts alone, since paths hold secrets. */
type Answered = { response: Response; url: URL; who: string };
/** Why there is no answer. `passing`: it may be there next time. */
type Unanswered = { seen: string; passing: boolean };

type SourceRequest = {
  /** For every host. */
  headers: Record<string, string>;
  /** For those who may have them. */
  ownHeaders: Record<string, string>;
  /** Null: the server of the URL itself, until a redirect leads away from it. */
  mayHaveOwn?: ((url: URL) => boolean) | null;
  signal: AbortSignal;
};

/** Redirects are followed by hand, so that each hop is checked before it is called. */
export async function followRedirects(
  deps: Deps,
  source: string,
  { headers, ownHeaders, mayHaveOwn, signal }: SourceRequest,
): Promise<Result<Answered, Unanswered>> {
  const { allowLocal, baseUrl, mediaBaseUrl } = deps.config;
  const policy = { allowLocal, ownHosts: [baseUrl, mediaBaseUrl] };
  const passed: URL[] = [];
  let target = source;
  let own = true;
  for (;;) {
    const destination = checkDestination(target, policy);
    if (!destination.ok) {
      const where =
        passed.length === 0 ? "The URL" : `${describe(passed)} redirected to ${hostOf(target)}, which`;
      return err({ seen: `${where} is refused: ${destination.detail}`, passing: false });
    }
    const { url } = destination;
    own = mayHaveOwn ? mayHaveOwn(url) : own && url.origin === (passed[0] ?? url).origin;
    passed.push(url);
    const response = await get(deps, url, own ? merge(headers, ownHeaders) : new Headers(headers), signal);
    if (typeof response === "string") return err({ seen: `${describe(passed)} ${response}.`, passing: true });

    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) {
      return ok({ response, url, who: describe(passed) });
    }
    await response.body?.cancel();
    if (passed.length > MAX_REDIRECTS) {
      return err({ seen: `${describe(passed)} redirects more than ${MAX_REDIRECTS} times.`, passing: false });
    }
    // What is no URL at all is refused like any other.
    target = URL.canParse(location, url.href) ? new URL(location, url).href : location;
  }
}

/** The customer's headers over ours: one may ask for another Accept. */
function merge(headers: Record<string, string>, ownHeaders: Record<string, string>): Headers {
  const merged = new Headers(headers);
  for (const [name, value] of Object.entries(ownHeaders)) merged.set(name, value);
  return merged;
}

/** The answer as soon as its headers are here, or what went wrong. The body may then take its time. */
async function get(deps: Deps, url: URL, headers: Headers, signal: AbortSignal): Promise<Response | string> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), SOURCE_ANSWER_MS);
  try {
    const either = AbortSignal.any([signal, late.signal]);
    return await deps.fetch(url, { redirect: "manual", headers, signal: either });
  } catch {
    if (late.signal.aborted) return `did not answer within ${SOURCE_ANSWER_MS / 1000} s`;
    return "could not be reached"; // name, connection, TLS: the platform does not tell them apart
  } finally {
    clearTimeout(timer);
  }
}

function describe(passed: URL[]): string {
  const [first, ...others] = passed.map((url) => url.host);
  const last = others.at(-1);
  return last === undefined || last === first ? String(first) : `${first}, redirected to ${last},`;
}

function hostOf(target: string): string {
  return (URL.canParse(target) && new URL(target).host) || "what is no address";
}
