/**
 * The first index below `count` for which the test holds; `count` when it holds for none. The test must be false up to
 * some index and true from there on: the range is halved until that index is found.
 */
export function firstIndex(count: number, test: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
