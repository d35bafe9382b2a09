import { describe, expect, test } from "vitest";
import { HOSTILE, list, ORDINARY, OWN_HOST } from "../../tests/support/clients/destinations.ts";
import { checkDestination, type DestinationPolicy } from "./destination.ts";

const DEPLOYED: DestinationPolicy = { allowLocal: false, ownHosts: [OWN_HOST] };
const UNDER_START: DestinationPolicy = { allowLocal: true, ownHosts: ["127.0.0.1:8787"] };

/** The verdict on each URL; a failing test shows only the rows that differ. */
function verdicts(urls: string[], policy: DestinationPolicy = DEPLOYED): [string, string][] {
  return urls.map((url) => {
    const destination = checkDestination(url, policy);
    return [url, destination.ok ? "ok" : destination.reason];
  });
}

function each(urls: string[], verdict: string): [string, string][] {
  return urls.map((url) => [url, verdict]);
}

describe("a deployment refuses", () => {
  test.each(HOSTILE)("%s: %s", (verdict, _, urls) => {
    expect(verdicts(urls)).toEqual(each(urls, verdict));
  });
});

describe("a deployment calls what only looks hostile:", () => {
  test.each(ORDINARY)("%s", (_, url) => {
    expect(verdicts([url])).toEqual([[url, "ok"]]);
  });
});

describe("the URL to call", () => {
  test("has no fragment, and the host as DNS knows it", () => {
    const destination = checkDestination(" https://BÜCHER.example.com/a b#part ", DEPLOYED);
    expect(destination.ok && destination.url.href).toBe("https://xn--bcher-kva.example.com/a%20b");
  });

  test("has at most 2,048 characters, as it came and as it is sent", () => {
    const start = "https://example.com/";
    const longest = start + "a".repeat(2_048 - start.length);
    const grows = `${start}${"ж".repeat(500)}`;
    expect(verdicts([longest, `${longest}a`, `${start}#${"a".repeat(2_048)}`, grows])).toEqual([
      [longest, "ok"],
      [`${longest}a`, "too_long"],
      [`${start}#${"a".repeat(2_048)}`, "too_long"],
      [grows, "too_long"],
    ]);
  });

  test("may use a port that the policy names, and still 443", () => {
    const policy = { ...DEPLOYED, allowedPorts: [8443] };
    expect(
      verdicts(
        ["https://a.example.com:8443/", "https://a.example.com/", "https://a.example.com:8444/"],
        policy,
      ),
    ).toEqual([
      ["https://a.example.com:8443/", "ok"],
      ["https://a.example.com/", "ok"],
      ["https://a.example.com:8444/", "port_not_allowed"],
    ]);
  });
});

describe("under npm start", () => {
  test("loopback is called on any port, over http too", () => {
    const urls = list`
      http://127.0.0.1:3000/hook https://127.0.0.1:3000/hook http://127.8.9.10/
      http://localhost:3000/ http://LOCALHOST/ http://[::1]:3000/ http://2130706433:3000/
      https://example.com/
    `;
    expect(verdicts(urls, UNDER_START)).toEqual(each(urls, "ok"));
  });

  test("nothing else is loosened", () => {
    const rows: [string, string][] = [
      ["http://example.com/", "not_https"],
      ["https://example.com:8443/", "port_not_allowed"],
      ["http://10.0.0.1/", "not_https"],
      ["https://10.0.0.1/", "ip_address"],
      ["https://192.168.1.1/", "ip_address"],
      ["https://169.254.169.254/", "ip_address"],
      ["https://0.0.0.0/", "ip_address"],
      ["https://[::]/", "ip_address"],
      ["https://[::ffff:127.0.0.1]/", "ip_address"],
      ["https://[fe80::1]/", "ip_address"],
      ["https://app.localhost/", "not_public"],
      ["https://localhost./", "not_public"],
      ["https://printer.local/", "not_public"],
      ["https://127.0.0.1.nip.io/", "ip_address"],
      ["http://user@localhost:3000/", "has_credentials"],
      ["http:\\\\localhost:3000/", "invalid_url"],
      ["file://localhost/etc/passwd", "not_https"],
      ["ftp://127.0.0.1/", "not_https"],
    ];
    const urls = rows.map(([url]) => url);
    expect(verdicts(urls, UNDER_START)).toEqual(rows);
  });

  test("our own port is refused by every name of loopback, and its neighbours are not", () => {
    const own = list`http://127.0.0.1:8787/ http://localhost:8787/ http://[::1]:8787/ http://127.1:8787/`;
    const neighbours = list`http://127.0.0.1:8786/ http://localhost:8788/`;
    expect(verdicts(own, UNDER_START)).toEqual(each(own, "own_host"));
    expect(verdicts(neighbours, UNDER_START)).toEqual(each(neighbours, "ok"));
  });
});

describe("an own host", () => {
  test("may be given as a URL, whose port alone is then refused", () => {
    const policy = { allowLocal: true, ownHosts: ["http://127.0.0.1:80/", "https://Diarist.example.com/"] };
    expect(
      verdicts(["http://127.0.0.1/", "http://127.0.0.1:3000/", "https://diarist.example.com/hook"], policy),
    ).toEqual([
      ["http://127.0.0.1/", "own_host"],
      ["http://127.0.0.1:3000/", "ok"],
      ["https://diarist.example.com/hook", "own_host"],
    ]);
  });

  test("that is no host stops everything: a wrong setting must not open the door", () => {
    expect(() => checkDestination("https://example.com/", { allowLocal: false, ownHosts: [""] })).toThrow(
      TypeError,
    );
  });
});

test("every refusal says what to do", () => {
  const urls = [
    "x",
    "http://a.com/",
    "https://a@b.com/",
    "https://a.com:1/",
    "https://1.1.1.1/",
    "https://a/",
  ];
  const details = urls.map((url) => {
    const destination = checkDestination(url, DEPLOYED);
    return destination.ok ? "" : destination.detail;
  });
  expect(details.every((detail) => /^(Use|Write|Take|Give) /.test(detail))).toBe(true);
});
