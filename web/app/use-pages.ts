import { useEffect, useRef, useState } from "preact/hooks";
import { toastProblem } from "./toasts.tsx";

type Page<T> = { data: T[]; next: string | null };

export type Pages<T> = {
  /** null until the first page has loaded. */
  items: T[] | null;
  hasMore: boolean;
  error: unknown;
  more: () => Promise<void>;
  /** Reloads the first page; the old one stays until it is here. */
  reload: () => Promise<void>;
  /** Replaces the item with the same id. */
  put: (item: T) => void;
};

/**
 * A list of the API, page by page.
 * @param read reads the page behind a cursor; null: there is nothing to read
 * @param deps a change of these changes what is read
 */
export function usePages<T>(
  read: ((after: string | undefined, signal: AbortSignal) => Promise<Page<T>>) | null,
  deps: unknown[],
): Pages<T> {
  const [page, setPage] = useState<Page<T> | null>(null);
  const [error, setError] = useState<unknown>(null);
  const leaving = useRef(new AbortController());

  const reload = async () => {
    leaving.current.abort();
    leaving.current = new AbortController();
    const { signal } = leaving.current;
    setError(null);
    if (!read) return setPage(null);
    try {
      const first = await read(undefined, signal);
      if (!signal.aborted) setPage(first);
    } catch (problem) {
      if (!signal.aborted) setError(problem);
    }
  };
  useEffect(() => {
    void reload();
    return () => leaving.current.abort();
  }, deps);

  const more = async () => {
    const after = page?.next;
    if (!read || !after) return;
    const { signal } = leaving.current;
    try {
      const { data, next } = await read(after, signal);
      // A second click may have asked for the same page, or the list was reloaded.
      setPage((now) => (now?.next === after ? { data: [...now.data, ...data], next } : now));
    } catch (problem) {
      if (!signal.aborted) toastProblem(problem);
    }
  };
  const put = (item: T) => {
    const idOf = (one: T) => Object(one).id;
    setPage((now) => now && { ...now, data: now.data.map((one) => (idOf(one) === idOf(item) ? item : one)) });
  };
  return { items: page?.data ?? null, hasMore: Boolean(page?.next), error, more, reload, put };
}
