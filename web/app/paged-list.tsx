import type { ComponentChildren } from "preact";
import { Loading } from "./loading.tsx";
import { Problem } from "./problem.tsx";
import type { Pages } from "./use-pages.ts";

type PagedListProps<T> = {
  pages: Pages<T>;
  /** Shown when the list is empty. */
  empty: ComponentChildren;
  children: (items: T[]) => ComponentChildren;
};

/** A list with its states: loading, empty, failed, more to load. */
export function PagedList<T>({ pages, empty, children }: PagedListProps<T>) {
  const { items, hasMore, error, more, reload } = pages;
  if (error !== null) return <Problem error={error} onRetry={() => void reload()} />;
  if (items === null) return <Loading />;
  return (
    <>
      {items.length === 0 && !hasMore ? empty : children(items)}
      {hasMore && (
        <p class="more">
          <button type="button" onClick={() => void more()}>
            Show more
          </button>
        </p>
      )}
    </>
  );
}
