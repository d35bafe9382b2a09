/** Stands where something will be that is still being fetched. */
export function Loading() {
  return <p class="loading" role="status" aria-label="Loading" />;
}
