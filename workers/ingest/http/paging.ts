import { z } from "@hono/zod-openapi";
import { firstIdAt, type IdPrefix } from "../../../shared/id.ts";
import { MAX_PAGE } from "../../../shared/limits.ts";

/** The query parameters of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(20),
  after: z.string().optional().openapi({ description: "The `next` of the page before." }),
};

const time = z.iso.datetime({ offset: true }).optional();

/** Further parameters of a list in the order of creation. */
export const timeQuery = { created_after: time, created_before: time };

type RangeQuery = {
  after?: string | undefined;
  created_after?: string | undefined;
  created_before?: string | undefined;
};

/** The range of ids for a page and for the time asked for: `before` is exclusive, `createdAfter` inclusive. */
export function idRange(
  prefix: IdPrefix,
  { after, created_after, created_before }: RangeQuery,
): { before: string | undefined; createdAfter: string | undefined } {
  const idAt = (when: string | undefined) =>
    when === undefined ? undefined : firstIdAt(prefix, Date.parse(when));
  const [before] = [after || undefined, idAt(created_before)].filter((id) => id !== undefined).sort();
  return { before, createdAfter: idAt(created_after) };
}

/** @param items newest first, read with one more than the limit */
export function showPage<T extends { id: string }, S>(
  items: T[],
  limit: number,
  show: (item: T) => S,
): { data: S[]; next: string | null } {
  const data = items.slice(0, limit);
  return { data: data.map(show), next: items.length > limit ? (data.at(-1)?.id ?? null) : null };
}
