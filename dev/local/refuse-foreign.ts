import { Response } from "miniflare";
import { isLoopback } from "../../shared/settings.ts";

type Asked = { url: string; headers: { get(name: string): string | null } };

/**
 * What is under `/dev/` asks for no key, so it answers this machine's own page and programs alone: no name that somebody
 * has pointed here (DNS rebinding), and no request from another page, which could send one without reading the answer.
 * @param own the addresses it is known by beside the loopback ones
 */
export function refuseForeign({ url, headers }: Asked, own: readonly string[]): Response | null {
  const host = headers.get("host") ?? new URL(url).host;
  const address = `http://${host}`;
  const isOwn =
    URL.canParse(address) &&
    (isLoopback(address) || own.some((one) => URL.canParse(one) && new URL(one).host === host));
  if (!isOwn) return refuse(421, "This Host is no name of this machine.");
  const origin = headers.get("origin");
  const isSame = origin === null || (URL.canParse(origin) && new URL(origin).host === host);
  return isSame ? null : refuse(403, "Only the page here may ask.");
}

function refuse(status: number, message: string): Response {
  return Response.json({ error: { message } }, { status });
}
