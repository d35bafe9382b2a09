import { type IdPrefix, newId } from "../../../shared/id.ts";
import { sha256Hex } from "../../../shared/sha256.ts";
import type { IdempotentRequest } from "../../../shared/storage/idempotency.ts";
import { Refusal } from "../http/problem.ts";
import { type Content, readContent } from "../multipart/content-hash.ts";

/** One run of a request. With an Idempotency-Key it may be the second, if the Worker of the first died. */
export class Run {
  readonly #claimed: IdempotentRequest | null;
  readonly #request: Request;
  readonly #now: () => number;
  #content: Promise<Content> | undefined;

  /** SHA-256, hex, of what the streamed body held: compared when the request comes again. */
  contentHash: string | null = null;

  /** @param claimed null: the request has no Idempotency-Key */
  constructor(claimed: IdempotentRequest | null, request: Request, now: () => number) {
    this.#claimed = claimed;
    this.#request = request;
    this.#now = now;
  }

  /** Whether an earlier run may have done the work and could not say so. */
  get isRepeat(): boolean {
    return this.#claimed !== null && (this.#claimed.claim > 1 || this.#claimed.status !== null);
  }

  /** The id of what this request makes. It follows from the key, so every run makes the same thing. */
  async idFor(prefix: IdPrefix): Promise<{ id: string; createdAt: number }> {
    const createdAt = this.#claimed?.createdAt ?? this.#now();
    if (!this.#claimed) return { id: newId(prefix, createdAt), createdAt };
    const digest = await sha256Hex([this.#claimed.tenantId, this.#claimed.key, prefix].join(" "));
    return { id: newId(prefix, createdAt, Buffer.from(digest, "hex")), createdAt };
  }

  /**
   * The content of a request whose job an earlier run has made. That run may have died before it could keep a hash to
   * compare with, so the recording is compared with the job's.
   * @param sha256 of the job's recording, hex; null: not known
   * @throws Refusal when it is another recording
   */
  async readSameContent(sha256: string | null): Promise<Content> {
    const content = await this.#readContent();
    if (content.recording !== null && sha256 !== null && content.recording !== sha256) {
      throw refuseOtherRequest();
    }
    this.contentHash = content.hash;
    return content;
  }

  /** @throws Refusal unless the body holds what the first request held */
  async requireContent(hash: string): Promise<void> {
    if ((await this.#readContent()).hash !== hash) throw refuseOtherRequest();
  }

  /** Reads the body once. A body that cannot be read is not the one that could. */
  #readContent(): Promise<Content> {
    this.#content ??= readContent(this.#request).catch(() => {
      throw refuseOtherRequest();
    });
    return this.#content;
  }
}

export function refuseOtherRequest(): Refusal {
  return new Refusal(
    "idempotency_key_reused",
    "Another request was sent with this Idempotency-Key, or the same one with another API key.",
  );
}
