/** True in `npm run thorough`, the first half of `npm run chaos`: long proofs run whole, and in `npm test` by a sample. */
export const isThorough = process.env["THOROUGH"] === "1";
