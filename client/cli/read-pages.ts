const LARGEST_PAGE = 100;

type Page<T> = { data: T[]; next: string | null };

/** Reads a list page by page, until it ends or there are `limit` items. */
export async function readPages<T>(
  limit: number,
  read: (query: { limit: number; after?: string }) => Promise<{ data?: Page<T> | undefined }>,
): Promise<T[]> {
  const found: T[] = [];
  for (let after: string | null | undefined; found.length < limit && after !== null; ) {
    const { data } = await read({
      limit: Math.min(LARGEST_PAGE, limit - found.length),
      ...(after && { after }),
    });
    found.push(...(data?.data ?? []));
    after = data?.next ?? null;
  }
  return found;
}
