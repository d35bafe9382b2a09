import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { SignatureV4 } from "@smithy/signature-v4";

export const R2_SETTINGS = {
  R2_ACCOUNT_ID: "0123456789abcdef",
  R2_ACCESS_KEY_ID: "an-access-key",
  R2_SECRET_ACCESS_KEY: "a secret of the tests",
};
const HOST = `${R2_SETTINGS.R2_ACCOUNT_ID}.r2.cloudflarestorage.com`;

type R2StandIn = {
  /** PUTs bytes to a presigned URL, as a client would. */
  put(url: string, body: Uint8Array): Promise<{ status: number; etag: string }>;
  close(): Promise<void>;
};

/** The S3 side of the local bucket, for UploadPart; it lets in what AWS's own signer would have signed. */
export async function startR2StandIn(bucket: R2Bucket, now: () => number = Date.now): Promise<R2StandIn> {
  const server = createServer(async (message, response) => {
    const { status, etag } = await putPart(message, bucket, now()).catch(() => ({ status: 404, etag: "" }));
    response.writeHead(status, { etag: `"${etag}"` }).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the stand-in has no port");
  return {
    async put(url, body) {
      const { host, pathname, search } = new URL(url);
      const out = request({
        port: address.port,
        method: "PUT",
        path: pathname + search,
        headers: { host, "content-length": body.byteLength },
      });
      out.end(body);
      const [answer] = (await once(out, "response")) as [IncomingMessage];
      await answer.toArray();
      return { status: answer.statusCode ?? 0, etag: String(answer.headers["etag"]) };
    },
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function putPart(message: IncomingMessage, bucket: R2Bucket, now: number) {
  const url = new URL(message.url ?? "", `https://${message.headers.host}`);
  const body = Buffer.concat(await message.toArray());
  if (!(await isSigned(message, url, now))) return { status: 403, etag: "" };
  const [, name, ...key] = url.pathname.split("/");
  if (name !== "diarist") return { status: 404, etag: "" };
  const upload = bucket.resumeMultipartUpload(key.join("/"), String(url.searchParams.get("uploadId")));
  const { etag } = await upload.uploadPart(Number(url.searchParams.get("partNumber")), body);
  return { status: 200, etag };
}

async function isSigned({ method, headers }: IncomingMessage, url: URL, now: number): Promise<boolean> {
  const query = Object.fromEntries(url.searchParams);
  const { "X-Amz-Date": date = "", "X-Amz-Expires": expires, "X-Amz-Signature": signature, ...asked } = query;
  const signingDate = new Date(date.replace(/(....)(..)(..T..)(..)/, "$1-$2-$3:$4:"));
  if (headers.host !== HOST || now >= signingDate.getTime() + Number(expires) * 1000) return false;
  for (const name of Object.keys(asked)) if (name.startsWith("X-Amz-")) delete asked[name];
  const signer = new SignatureV4({
    service: "s3",
    region: "auto",
    credentials: {
      accessKeyId: R2_SETTINGS.R2_ACCESS_KEY_ID,
      secretAccessKey: R2_SETTINGS.R2_SECRET_ACCESS_KEY,
    },
    sha256: NodeSha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const payload = "x-amz-content-sha256";
  const request = {
    method: String(method),
    protocol: "https:",
    hostname: HOST,
    path: url.pathname,
    query: asked,
    headers: {
      host: HOST,
      "content-length": String(headers["content-length"]),
      [payload]: "UNSIGNED-PAYLOAD",
    },
  };
  const signed = await signer.presign(request, {
    expiresIn: Number(expires),
    signingDate,
    unsignableHeaders: new Set([payload]),
    unhoistableHeaders: new Set([payload]),
  });
  return signed.query?.["X-Amz-Signature"] === signature;
}

/** The hash that the signer asks for. */
class NodeSha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = typeof secret === "string" ? secret : secret && Buffer.from(secret as Uint8Array);
    this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
  }
  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}
