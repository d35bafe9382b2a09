/** True in `npm run thorough`: long proofs run whole, and in `npm test` by a sample. */
export const isThorough = process.env["THOROUGH"] === "1";
