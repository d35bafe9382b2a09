import { expect, test } from "vitest";
import { refuseForeign } from "./refuse-foreign.ts";

const OWN = ["https://diarist.example.com", "not an address"];

function ask(headers: Record<string, string>): number | null {
  const request = { url: "http://127.0.0.1:8787/dev/models", headers: new Headers(headers) };
  return refuseForeign(request, OWN)?.status ?? null;
}

test.for(["127.0.0.1:8787", "localhost:8787", "[::1]:8787", "diarist.example.com"])(
  "the page and programs at %s are answered",
  (host) => {
    expect(ask({ host })).toBeNull();
    expect(ask({ host, origin: `http://${host}` })).toBeNull();
  },
);

test.for(["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8787", "a b"])(
  "%s is no name of this machine, not even for a page under that name",
  (host) => {
    expect(ask({ host, origin: `http://${host}` })).toBe(421);
  },
);

test.for(["https://evil.example", "http://127.0.0.1:9999", "http://localhost:8787", "null", ""])(
  "a page of the origin %j is refused",
  (origin) => {
    expect(ask({ host: "127.0.0.1:8787", origin })).toBe(403);
  },
);
