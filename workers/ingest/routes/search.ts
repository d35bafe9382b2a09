import { createRoute, z } from "@hono/zod-openapi";
import { isId } from "../../../shared/id.ts";
import { MAX_QUERY_CHARACTERS } from "../../../shared/limits.ts";
import { findHits, type Hit } from "../../../shared/search/find-hits.ts";
import { parseQuery } from "../../../shared/search/query.ts";
import { seal, unseal } from "../../../shared/secrets/seal.ts";
import { type FoundBlock, findBlocks } from "../../../shared/storage/search.ts";
import { requireKey } from "../access/require-key.ts";
import { pageQuery, timeQuery } from "../http/paging.ts";
import { refuseFields } from "../http/refuse-fields.ts";
import { createRouter } from "../http/router.ts";
import { HitSchema, json, pageOf, problems } from "../openapi/schemas.ts";

export const search = createRouter();

/** For one page, blocks are read 20 at a time and 10 times at most: a filter may drop nearly every hit of a block. */
const BLOCKS_AT_ONCE = 20;
const MOST_READS = 10;

const seconds = z.coerce.number().min(0).optional();

const find = createRoute({
  method: "get",
  path: "/v1/search",
  tags: ["search"],
  summary: "Find what was said in all transcripts, newest job first",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: {
    query: z.object({
      q: z.string().min(1).max(MAX_QUERY_CHARACTERS).openapi({
        description: 'All words must be there; `"in a row"`, `begin*`. Nothing else has a meaning.',
      }),
      ...pageQuery,
      speaker: z.string().optional().openapi({ description: "A speaker's id or name." }),
      job_id: z.string().optional(),
      from: seconds.openapi({ description: "Seconds into the recording." }),
      to: seconds.openapi({ description: "Seconds into the recording." }),
      ...timeQuery,
    }),
  },
  responses: {
    200: json("A page; it may hold fewer hits than `limit` and not be the last", pageOf(HitSchema)),
    ...problems(422),
  },
});

search.openapi(find, async (c) => {
  const { q, limit, after, job_id, created_after, created_before, ...wanted } = c.req.valid("query");
  const match = parseQuery(q);
  if (match === null) throw refuseFields([{ field: "q", message: "has no word in it" }]);
  const { signingKey } = c.get("config");
  const cursor = after === undefined ? undefined : await openCursor(signingKey, after);
  if (job_id !== undefined && !isId("job", job_id)) return c.json({ data: [], next: null }, 200);

  const filter = {
    match,
    jobId: job_id,
    createdAfter: created_after === undefined ? undefined : Date.parse(created_after),
    createdBefore: created_before === undefined ? undefined : Date.parse(created_before),
  };
  const data: ReturnType<typeof showHit>[] = [];
  let next: Cursor | null = cursor ?? { block: Number.MAX_SAFE_INTEGER, word: -1 };
  for (let reads = 0; next && reads < MOST_READS && data.length < limit; reads++) {
    const from: Cursor = next;
    const found = await findBlocks(
      c.env.DB,
      c.get("key").tenantId,
      { ...filter, upTo: from.block },
      BLOCKS_AT_ONCE,
    );
    next = found.next === null ? null : { block: found.next, word: -1 };
    for (const block of found.blocks) {
      const hits = findHits(block.marked, block.words).filter(
        (hit) => (block.id !== from.block || hit.word > from.word) && isWanted(hit, block, wanted),
      );
      const room = limit - data.length;
      for (const hit of hits.slice(0, room)) data.push(showHit(hit, block));
      const last = hits[room - 1];
      if (hits.length > room && last) next = { block: block.id, word: last.word };
      else if (data.length === limit && block !== found.blocks.at(-1))
        next = { block: block.id - 1, word: -1 };
      if (data.length === limit) break;
    }
  }
  return c.json({ data, next: next && (await sealCursor(signingKey, next)) }, 200);
});

/** The block from which a page goes on, newest first, and the word of it after which. */
type Cursor = { block: number; word: number };

/** A cursor is sealed, since blocks count what all tenants have. */
function sealCursor(signingKey: string, { block, word }: Cursor): Promise<string> {
  return seal(signingKey, `search ${block}.${word + 1}`);
}

async function openCursor(signingKey: string, cursor: string): Promise<Cursor> {
  const text = await unseal(signingKey, cursor).catch(() => "");
  const [, block, word] = /^search (\d{1,15})\.(\d{1,6})$/.exec(text) ?? [];
  if (block === undefined) throw refuseFields([{ field: "after", message: "is no `next` of a page before" }]);
  return { block: Number(block), word: Number(word) - 1 };
}

function isWanted(
  hit: Hit,
  block: FoundBlock,
  {
    speaker,
    from = 0,
    to = Number.POSITIVE_INFINITY,
  }: { speaker?: string | undefined; from?: number | undefined; to?: number | undefined },
): boolean {
  if (hit.start < from || hit.start >= to) return false;
  return speaker === undefined || hit.speaker === speaker || nameOf(hit, block) === speaker;
}

function nameOf({ speaker }: Hit, { speakers }: FoundBlock): string | null {
  return speaker !== null && Object.hasOwn(speakers, speaker) ? (speakers[speaker] ?? null) : null;
}

function showHit(hit: Hit, block: FoundBlock) {
  return {
    job_id: block.jobId,
    filename: block.filename,
    start: hit.start,
    end: hit.end,
    speaker: hit.speaker,
    speaker_name: nameOf(hit, block),
    snippet: hit.snippet,
    matches: hit.matches,
  };
}
