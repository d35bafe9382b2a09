import { checkDestination } from "../../shared/destination.ts";
import { failure } from "../../shared/failure.ts";
import { fileExtension, fileNameOfUrl } from "../../shared/file-name.ts";
import type { Audio, Job } from "../../shared/job.ts";
import { MAX_AUDIO_BYTES, MAX_CONTENT_TYPE_CHARACTERS, MAX_FAILURES } from "../../shared/limits.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { closeIntake, openIntake, touchIntake } from "../../shared/storage/intakes.ts";
import { audioKey } from "../../shared/storage/job-objects.ts";
import { saveImport } from "../../shared/storage/job-work.ts";
import {
  AudioTooLargeError,
  BodyBrokenError,
  EmptyBodyError,
  removeAudio,
  storeAudio,
} from "../../shared/storage/store-audio.ts";
import { fail, type Setback } from "./setback.ts";
import type { World } from "./world.ts";

const MAX_REDIRECTS = 3;
/** An import and the speech API's answer share a consumer's 15 minutes; what takes longer goes on in a next one. */
const IMPORT_TIMEOUT_MS = 10 * 60_000;
const FRESH_START_MS = 30_000;

/** Brings a job's audio from its URL into R2, so that retries, playback and spend-once work as for an upload. */
export async function importSource(world: World, job: Job, gone: AbortSignal): Promise<Result<Job, Setback>> {
  if (job.audioKey !== null || job.sourceUrl === null) return ok(job);
  const started = world.now();
  const signal = AbortSignal.any([gone, AbortSignal.timeout(IMPORT_TIMEOUT_MS)]);
  const answer = await open(world, job.sourceUrl, signal);
  if (!answer.ok) return answer;
  const { response, url } = answer.value;

  const contentType =
    response.headers
      .get("content-type")
      ?.split(";")[0]
      ?.trim()
      .toLowerCase()
      .slice(0, MAX_CONTENT_TYPE_CHARACTERS) ?? null;
  if (contentType === "text/html" || contentType === "application/xhtml+xml") {
    await response.body?.cancel();
    return err(unreachable("The URL answered a web page (HTML) and not the audio itself.", false));
  }
  const filename = job.audio.filename ?? fileNameOfUrl(url);
  const key = audioKey(job.tenantId, job.id, fileExtension(filename, contentType));
  const stored = await store(world, key, response, contentType ?? "application/octet-stream");
  if (!stored.ok) return stored;

  const audio: Audio = { ...job.audio, filename, content_type: contentType, ...stored.value };
  const now = world.now();
  if (!(await saveImport(world.db, job, key, audio, now))) return err({ kind: "lost" });
  if (now - started > FRESH_START_MS) return err({ kind: "wait", until: now, reason: "imported" });
  return ok({ ...job, audioKey: key, audio, stage: "probing", storedAt: now });
}

/** The response that carries the audio: redirects are followed by hand, so that each hop is checked. */
async function open(
  world: World,
  source: string,
  signal: AbortSignal,
): Promise<Result<{ response: Response; url: URL }, Setback>> {
  const policy = { allowLocal: world.config.allowLocal, ownHosts: [world.config.baseUrl] };
  let target = source;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const destination = checkDestination(target, policy);
    if (!destination.ok) {
      const where = hop === 0 ? "The URL" : "The URL redirects to one that";
      return err(unreachable(`${where} is refused: ${destination.detail}`, false));
    }
    const response = await get(world, destination.url, signal);
    if (!response) return err(unreachable("The URL's host could not be reached.", true));
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location) {
      await response.body?.cancel();
      target = URL.canParse(location, destination.url.href)
        ? new URL(location, destination.url).href
        : location; // no URL at all: refused like any other
      continue;
    }
    if (response.status !== 200) {
      await response.body?.cancel();
      const passing = response.status === 429 || response.status >= 500;
      return err(unreachable(`The URL answered ${response.status}.`, passing));
    }
    return ok({ response, url: destination.url });
  }
  return err(unreachable(`The URL redirects more than ${MAX_REDIRECTS} times.`, false));
}

async function get(world: World, url: URL, signal: AbortSignal): Promise<Response | null> {
  try {
    return await world.fetch(url, {
      redirect: "manual",
      headers: { "user-agent": "Diarist/1", accept: "audio/*, video/*, application/octet-stream, */*;q=0.1" },
      signal,
    });
  } catch {
    return null; // name, connection, TLS, timeout: the platform does not tell them apart
  }
}

async function store(
  world: World,
  key: string,
  response: Response,
  contentType: string,
): Promise<Result<{ bytes: number; sha256: string }, Setback>> {
  if (!response.body) return err(unreachable("The URL answered without a body.", false));
  await openIntake(world.db, key, world.now());
  try {
    const declared = response.headers.get("content-encoding") ? null : response.headers.get("content-length");
    return ok(
      await storeAudio(world.bucket, key, response.body, {
        contentType,
        maxBytes: MAX_AUDIO_BYTES,
        ...(declared === null ? {} : { declaredBytes: Number(declared) }),
        now: world.now,
        onUploadStarted: (uploadId) => touchIntake(world.db, key, world.now(), uploadId),
        beat: () => touchIntake(world.db, key, world.now()).catch(() => undefined), // the next one may get through
      }),
    );
  } catch (error) {
    await removeAudio(world.bucket, key); // it may be there after all: the answer of its last write can be what was lost
    await closeIntake(world.db, key);
    if (error instanceof EmptyBodyError) return err(unreachable("The URL answered an empty body.", false));
    if (error instanceof AudioTooLargeError) {
      return err(fail(failure("file_too_large", `The URL's file is larger than ${MAX_AUDIO_BYTES} bytes.`)));
    }
    if (error instanceof BodyBrokenError) {
      return err(unreachable("The download broke off before its end.", true));
    }
    throw error; // storage: not the source's fault
  }
}

function unreachable(message: string, passing: boolean): Setback {
  const reason = failure("source_unreachable", message);
  return passing ? { kind: "again", failure: reason, atMost: MAX_FAILURES } : fail(reason);
}
