import { z } from "@hono/zod-openapi";
import { MAX_PAGE } from "../../shared/limits.ts";

/** The query parameters of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(20),
  after: z.string().optional().openapi({ description: "The `next` of the page before." }),
};

/** One page of things that were read with one more than the limit, newest first. */
export function showPage<T extends { id: string }, S>(
  items: T[],
  limit: number,
  show: (item: T) => S,
): { data: S[]; next: string | null } {
  const data = items.slice(0, limit);
  return { data: data.map(show), next: items.length > limit ? (data.at(-1)?.id ?? null) : null };
}
