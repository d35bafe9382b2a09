import worker from "../../workers/transcribe/index.ts";
import { countOperations } from "./count-operations.ts";

export default countOperations<Cloudflare.TranscribeEnv>("transcribe", worker);
