import worker from "../../../workers/transcribe/index.ts";
import { exposed } from "./exposed.ts";

export default exposed<Cloudflare.TranscribeEnv>(worker);
