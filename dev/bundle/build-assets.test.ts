import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../root.ts";
import { allowMediaHost } from "./build-assets.ts";

const HEADERS = readFileSync(join(ROOT, "web", "public", "_headers"), "utf8");

test("the page may fetch and play from the host of the files, and from no other", () => {
  expect(allowMediaHost(HEADERS, null)).toBe(HEADERS);
  const [policy = ""] = /default-src.*/.exec(allowMediaHost(HEADERS, "https://media.example.com")) ?? [];
  const directives = policy.split(";").map((one) => one.trim());
  expect(directives).toContain("connect-src 'self' https://media.example.com");
  expect(directives).toContain("media-src 'self' https://media.example.com blob:");
  expect(directives.filter((one) => one.includes("media.example.com"))).toHaveLength(2);
});
