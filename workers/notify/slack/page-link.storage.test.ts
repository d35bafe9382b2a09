import { expect, test } from "vitest";
import { complete, insertClaimedJob, NOW } from "../../../tests/support/stack/jobs.ts";
import { useStorage } from "../../../tests/support/stack/storage.ts";
import { makeNotifyDeps } from "../../../tests/support/workers/notify-deps.ts";
import { linkToPage } from "./page-link.ts";

const storage = await useStorage();

const OLD = "o".repeat(32);
const NEW = "n".repeat(32);

test("a message that is updated after a change of SIGNING_KEY shows the link that it has shown", async () => {
  const deps = makeNotifyDeps(storage);
  const job = await complete(storage.db, await insertClaimedJob(storage.db));
  const link = (signingKey: string, isFirst: boolean) =>
    linkToPage({ ...deps, config: { ...deps.config, signingKey } }, job, {
      isFirst,
      since: NOW,
      until: NOW + 60_000,
    });
  const first = await link(OLD, true);
  expect(first).toContain("/#/shared/dk_");
  expect(await link(`${NEW} ${OLD}`, false)).toBe(first);
  expect(await link(NEW, false)).toBeNull();
});
