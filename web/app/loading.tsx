/** A placeholder for something that is still loading. */
export function Loading() {
  return <p class="loading" role="status" aria-label="Loading" />;
}
