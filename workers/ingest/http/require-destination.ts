import { checkDestination } from "../../../shared/webhooks/destination.ts";
import { Refusal } from "./problem.ts";

export type DestinationPolicy = { allowLocal: boolean; baseUrl: string; mediaBaseUrl: string };

/**
 * Checks a URL that a customer wants us to call.
 * @param field that has the URL, named in the refusal
 * @throws Refusal when it may not be called
 */
export function requireDestination(
  { allowLocal, baseUrl, mediaBaseUrl }: DestinationPolicy,
  url: string,
  field?: string,
): void {
  const checked = checkDestination(url, { allowLocal, ownHosts: [baseUrl, mediaBaseUrl] });
  if (checked.ok) return;
  const { detail } = checked;
  if (field === undefined) throw new Refusal("destination_refused", detail);
  throw new Refusal("destination_refused", `${field}: ${detail}`, [{ field, message: detail }]);
}
