import { expect, test } from "vitest";
import { HOSTILE } from "../../../tests/support/clients/destinations.ts";
import { insertNewJob } from "../../../tests/support/stack/jobs.ts";
import { useStorage } from "../../../tests/support/stack/storage.ts";
import { makeDeps } from "../../../tests/support/workers/transcribe-deps.ts";
import { importSource } from "./import-source.ts";

const storage = await useStorage();

const SOURCE = "https://files.example.com/talk.wav";
const ON_THE_WAY = "https://cdn.example.com/talk.wav";

/** Those that stay what they are when a `Location` is resolved; a header has no letters beyond Latin-1. */
const TARGETS = HOSTILE.filter(([verdict]) => verdict !== "invalid_url" && verdict !== "has_credentials")
  .flatMap(([, , urls]) => urls)
  .filter((url) => /^[\x21-\x7e]+$/.test(url));

/** Which URLs are asked when the first ones redirect, each to the next. */
async function followed(locations: string[]): Promise<{ asked: string[]; message: string }> {
  const asked: string[] = [];
  const deps = makeDeps(storage, {
    fetch: async (input) => {
      const location = locations[asked.push(String(input)) - 1];
      return location ? new Response(null, { status: 302, headers: { location } }) : new Response("audio");
    },
  });
  const job = await insertNewJob(storage.db, { audioKey: null, sourceUrl: SOURCE });
  const result = await importSource(deps, job, new AbortController().signal);
  const message = !result.ok && "failure" in result.error ? result.error.failure.message : "";
  return { asked, message };
}

test("no redirect leads an import to a hostile URL, at the first hop or a later one", async () => {
  expect(TARGETS.length).toBeGreaterThan(150);
  for (const url of TARGETS) {
    const first = await followed([url]);
    expect({ url, ...first }).toEqual({
      url,
      asked: [SOURCE],
      message: expect.stringContaining("which is refused"),
    });
  }
  for (const url of TARGETS.slice(0, 20)) {
    expect((await followed([ON_THE_WAY, url])).asked).toEqual([SOURCE, ON_THE_WAY]);
    expect((await followed([ON_THE_WAY, ON_THE_WAY, url])).asked).toEqual([SOURCE, ON_THE_WAY, ON_THE_WAY]);
  }
});
