/** A hit's snippet with its matches marked. `matches` are UTF-16 offsets, the end excluded, in order. */
export function MarkedText({ text, matches }: { text: string; matches: number[][] }) {
  return (
    <>
      {cutAtMatches(text, matches).map(({ isMatch, part }, n) =>
        isMatch ? <mark key={n}>{part}</mark> : part,
      )}
    </>
  );
}

export function cutAtMatches(text: string, matches: number[][]): { part: string; isMatch: boolean }[] {
  const parts: { part: string; isMatch: boolean }[] = [];
  let done = 0;
  for (const [start = 0, end = 0] of matches) {
    parts.push(
      { part: text.slice(done, start), isMatch: false },
      { part: text.slice(start, end), isMatch: true },
    );
    done = end;
  }
  parts.push({ part: text.slice(done), isMatch: false });
  return parts.filter(({ part }) => part !== "");
}
