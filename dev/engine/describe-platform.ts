/** This machine, as far as a binary has to fit it: `linux-x64`, `linux-x64 with musl`, `win32-arm64`. */
export function describePlatform(): string {
  const platform = `${process.platform}-${process.arch}`;
  return process.platform === "linux" && !hasGlibc() ? `${platform} with musl` : platform;
}

function hasGlibc(): boolean {
  const report: unknown = process.report.getReport();
  const header: unknown = Object(report).header;
  return typeof Object(header).glibcVersionRuntime === "string";
}
