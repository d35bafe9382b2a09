/** What every network here listens at, in Hz. */
export const RATE = 16_000;
