import { seal } from "../../../shared/secrets/seal.ts";
import type { NewSecret } from "../../../shared/storage/webhook-secrets.ts";
import { newSigningPair, newWebhookSecret } from "../../../shared/webhooks/sign-webhook.ts";

const SECRET_BYTES = 32;

/** A new secret, to be shown once, and its stored form. With `withPair`, an endpoint's also has ed25519 keys. */
export async function makeSecret(
  signingKey: string,
  now: number,
  { withPair }: { withPair: boolean },
): Promise<{ secret: string; stored: NewSecret }> {
  const secret = newWebhookSecret(randomBytes());
  const pair = withPair ? await newSigningPair(randomBytes()) : null;
  const sealed = await seal(signingKey, pair ? `${secret} ${pair.privateKey}` : secret);
  return { secret, stored: { sealed, publicKey: pair?.publicKey ?? null, createdAt: now } };
}

function randomBytes(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
}
