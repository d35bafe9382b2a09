/** Prints rows as a Markdown table that is also easy to read in a terminal; numbers stand to the right. */
export function printTable(head: string[], rows: (string | number)[][]): void {
  const cells = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const isNumber = head.map((_, column) =>
    rows.every((row) => /^[\d.,]+$|^$|^—$/.test(String(row[column] ?? ""))),
  );
  const pad = (text: string, column: number) =>
    isNumber[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  const line = (row: string[]) =>
    `| ${head.map((_, column) => pad(row[column] ?? "", column)).join(" | ")} |`;
  const rule = widths.map((width, column) =>
    isNumber[column] ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  console.log([line(head), line(rule), ...cells.slice(1).map(line)].join("\n"));
}

/** The value that this share of them does not exceed, 0.5 being the median. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Says when a bound that the benchmark states does not hold, and makes the process end with an error. */
export function requireAtMost(what: string, value: number, most: number): void {
  if (value <= most) return;
  console.error(`${what} is ${value.toFixed(2)}, above the limit of ${most}`);
  process.exitCode = 1;
}
