/**
 * Under Miniflare every byte for R2 passes through its simulator in 4 KiB pieces of JavaScript, 260,000 a gigabyte.
 * V8 lets that garbage of tiny objects grow to some 150 MB before it looks for it; with a small young generation, and
 * an old one that starts small, it looks early. bench/upload-memory.ts measures it. A deployment has no such simulator.
 */
const WORKERD_V8_FLAGS = "--max-semi-space-size=1 --initial-old-space-size=4";

/** Call before Miniflare starts; what the environment says already stands. */
export function tightenWorkerdMemory(): void {
  process.env["MINIFLARE_WORKERD_V8_FLAGS"] ??= WORKERD_V8_FLAGS;
}
