import worker from "../../../workers/notify/index.ts";
import { exposed } from "./exposed.ts";

export default exposed<Cloudflare.NotifyEnv>(worker);
