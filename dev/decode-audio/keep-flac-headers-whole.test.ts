import { expect, test } from "vitest";
import { keepFlacHeadersWhole } from "./keep-flac-headers-whole.ts";

async function regroup(...pieces: number[][]): Promise<number[][]> {
  async function* source() {
    for (const piece of pieces) yield [Uint8Array.from(piece)];
  }
  const regrouped: number[][] = [];
  for await (const [piece] of keepFlacHeadersWhole(source())) regrouped.push(Array.from(piece ?? []));
  return regrouped;
}

test("a piece that ends in what may be a header keeps it for the next", async () => {
  expect(await regroup([1, 2, 0xff, 0xf8, 3], [4])).toEqual([
    [1, 2],
    [0xff, 0xf8, 3, 4],
  ]);
  expect(await regroup([1, 2, 0xff], [0xf9, 4])).toEqual([
    [1, 2],
    [0xff, 0xf9, 4],
  ]);
});

test("other pieces pass as they are, and no byte is lost at the end", async () => {
  expect(await regroup([1, 2, 0xff, 0], [3])).toEqual([[1, 2, 0xff, 0], [3]]);
  expect(await regroup([0xff], [0xff, 0xf8])).toEqual([[0xff], [0xff, 0xf8]]);
});
