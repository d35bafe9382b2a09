/**
 * Which URLs Diarist may call for a customer: webhook URLs, `file` URLs and every redirect of either. Pure: no DNS. A
 * Worker cannot resolve a name and pin the result, so refusing private addresses is up to the platform (deployed
 * Workers reach public addresses only). This checks what the URL itself shows.
 *
 * Call the returned `url` and never the original text: other parsers may read that text differently.
 */

export type DestinationPolicy = {
  /** Under `npm start` only: also loopback, over http too, on any port. */
  allowLocal: boolean;
  /** Our own hosts, refused so that we never call ourselves: `host`, `host:port` (only that port) or a URL of it. */
  ownHosts: readonly string[];
  /** Allowed in addition to 443. */
  allowedPorts?: readonly number[];
};

export type DestinationRefusal =
  | "invalid_url"
  | "too_long"
  | "not_https"
  | "has_credentials"
  | "port_not_allowed"
  | "ip_address"
  | "not_public"
  | "own_host";

/** `detail` tells the customer what to do. */
type Destination = { ok: true; url: URL } | { ok: false; reason: DestinationRefusal; detail: string };

const MAX_URL_CHARACTERS = 2_048;
const MAX_HOST_CHARACTERS = 253;

/**
 * Top-level names that no public DNS serves: special-use names (RFC 6761, 6762 appendix G, 7686, 8375, 9476) and common
 * internal ones.
 */
const INNER_SUFFIXES = new Set(
  (
    "localhost local localdomain internal intranet private corp home lan svc consul " +
    "arpa test invalid onion alt"
  ).split(" "),
);

/**
 * Public names made to resolve to an address that the caller writes into them, or to loopback. The list can never be
 * complete and is no protection: it reports an honest mistake early and keeps `npm start` off the machine's own ports.
 */
const ADDRESS_SERVICES = [
  "nip.io",
  "sslip.io",
  "xip.io",
  "localtest.me",
  "lvh.me",
  "vcap.me",
  "lacolhost.com",
  "local.gd",
  "traefik.me",
  "rbndr.us",
  "1u.ms",
  "localho.st",
  "fuf.me",
];

/** Public names at which clouds serve an instance's secrets. */
const METADATA_HOSTS = new Set(["metadata.goog", "metadata.tencentyun.com", "metadata.platformequinix.com"]);

/**
 * The URL to call, without its fragment, or why it may not be called. A relative redirect is resolved against the URL
 * it came from before it is checked.
 * @throws TypeError when one of our own hosts is not a host: a mistake in the settings.
 */
export function checkDestination(text: string, policy: DestinationPolicy): Destination {
  if (text.length > MAX_URL_CHARACTERS) return tooLong();
  const url = parse(text);
  if (!url) return refuse("invalid_url", "Write the address in full, as https://host.example.com/path.");
  if (url.href.length > MAX_URL_CHARACTERS) return tooLong();
  if (authorityOf(text).includes("@")) {
    return refuse("has_credentials", "Take user name and password out of the URL.");
  }

  const local = policy.allowLocal && isLoopback(url.hostname);
  if (url.protocol !== "https:" && !(local && url.protocol === "http:")) {
    return refuse("not_https", "Use an https:// address.");
  }
  if (policy.ownHosts.some((own) => isOwn(url, own))) {
    return refuse("own_host", "This is Diarist's own address. Give an address of your own.");
  }
  if (local) return { ok: true, url };

  const host = checkHost(url.hostname);
  if (host) return host;
  if (url.port !== "" && !policy.allowedPorts?.includes(Number(url.port))) {
    const ports = [443, ...(policy.allowedPorts ?? [])].join(", ");
    return refuse("port_not_allowed", `Use a port that is allowed here: ${ports}.`);
  }
  return { ok: true, url };
}

function checkHost(host: string): Destination | null {
  // `new URL` has turned every spelling of an IPv4 address (decimal, octal, hex, short, full-width) into four numbers.
  if (host.startsWith("[") || /^[\d.]+$/.test(host)) {
    return refuse("ip_address", "Use a host name: IP addresses are not called.");
  }
  if (ADDRESS_SERVICES.some((service) => host === service || host.endsWith(`.${service}`))) {
    return refuse("ip_address", "Use a host name of your own: this one only stands for an IP address.");
  }
  if (METADATA_HOSTS.has(withoutFinalDot(host))) return notPublic();
  const labels = host.split(".");
  const suffix = host.endsWith(".") ? labels.at(-2) : labels.at(-1);
  if (labels.length < 2 || suffix === undefined || INNER_SUFFIXES.has(suffix)) return notPublic();
  if (host.length > MAX_HOST_CHARACTERS || !labels.every(isLabel)) {
    return refuse("invalid_url", "Write the host as public DNS knows it: no final dot, no empty part.");
  }
  return null;
}

/**
 * Only what every parser reads alike. `new URL` alone drops tabs and line ends, reads `\` as `/` and adds missing
 * slashes. Spaces and letters of any script are common in file URLs and are percent-encoded.
 */
function parse(text: string): URL | null {
  if (/[\p{Cc}\\]/u.test(text) || !/^ *[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(text)) return null;
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  url.hash = "";
  return url;
}

/** The text between `://` and the path as written: `new URL` drops an empty user name. */
function authorityOf(text: string): string {
  return text.slice(text.indexOf("://") + 3).split(/[/?#]/, 1)[0] ?? "";
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function isOwn(url: URL, own: string): boolean {
  const isBareHost = !own.includes("://");
  const ours = new URL(isBareHost ? `https://${own}` : own);
  const isSameHost =
    withoutFinalDot(ours.hostname) === withoutFinalDot(url.hostname) ||
    (isLoopback(ours.hostname) && isLoopback(url.hostname));
  if (!isSameHost) return false;
  const anyPort = isBareHost && !/:\d+$/.test(own);
  return anyPort || portOf(ours) === portOf(url);
}

function portOf(url: URL): string {
  return url.port || (url.protocol === "http:" ? "80" : "443");
}

function withoutFinalDot(host: string): string {
  return host.replace(/\.$/, "");
}

function isLabel(label: string): boolean {
  return /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label);
}

function tooLong(): Destination {
  return refuse("too_long", `Use a URL of at most ${MAX_URL_CHARACTERS} characters.`);
}

function notPublic(): Destination {
  return refuse(
    "not_public",
    "Use a host name that public DNS knows; names of inner networks are not called.",
  );
}

function refuse(reason: DestinationRefusal, detail: string): Destination {
  return { ok: false, reason, detail };
}
