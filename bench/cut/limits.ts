import { DEFAULT_PART_MINUTES, OVERLAP_SECONDS } from "../../shared/limits.ts";

/** How the benchmark cuts: as Diarist does unless told otherwise. */
export const LIMITS = { partSeconds: DEFAULT_PART_MINUTES * 60, overlapSeconds: OVERLAP_SECONDS };
