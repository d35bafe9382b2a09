/** `HH:MM:SS` with the thousandths behind `separator`; hours grow past two digits. Takes whole milliseconds. */
export function formatClock(milliseconds: number, separator: "," | "."): string {
  return `${formatSeconds(Math.floor(milliseconds / 1000))}${separator}${pad(milliseconds % 1000, 3)}`;
}

/** `HH:MM:SS`, from whole seconds. */
export function formatSeconds(seconds: number): string {
  return `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
