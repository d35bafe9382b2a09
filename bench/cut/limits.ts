/** How the benchmark cuts. */
export const LIMITS = { partSeconds: 600, overlapSeconds: 15 };
