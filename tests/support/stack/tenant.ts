/** The tenant that every storage of the tests holds, what signs its webhooks, and what seals that. */
export const TENANT = "ten_test";
export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
export const SIGNING_KEY = "a signing key of the tests, long enough";
