import { afterAll, expect, test } from "vitest";
import { tryRequests } from "../support/clients/try-requests.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const diarist = await openDiarist();
afterAll(() => diarist.close());

// 10,000 of them: npm run bench -- generated-requests
test("requests that the document allows, and others, are answered as it says", async () => {
  const { requests, byStatus, operations } = await tryRequests(diarist, 250, 20261121);
  expect(requests).toBe(250);
  expect(operations).toBeGreaterThan(20);
  const ours = Object.keys(byStatus).filter((status) => status !== "503"); // uploads straight into R2 are not set up
  const kinds = new Set(ours.map((status) => status[0]));
  expect(kinds).toEqual(new Set(["2", "4"]));
}, 120_000);
