/** A host of one file that can be told to misbehave, request by request. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { close, listen } from "../../../stand-in/serve.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, file: Buffer) => void;

export type FileServer = {
  url: string;
  /** What each request asked for: its target, and its range. */
  asked: string[];
};

/** Answers the first requests as scripted, and each after them as a good host does. */
export async function serveFile(file: Buffer, ...script: Answer[]): Promise<FileServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push([request.url, request.headers.range].filter((part) => part !== undefined).join(" "));
    (script.shift() ?? sendWell)(request, response, file);
  });
  const { origin } = await listen(server);
  onTestFinished(() => close(server));
  return { url: `${origin}/model.onnx`, asked };
}

/** The whole, or the rest from where a range begins. */
const sendWell: Answer = ({ headers }, response, file) => {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
  const range = `bytes ${from}-${file.length - 1}/${file.length}`;
  response.writeHead(from > 0 ? 206 : 200, {
    "content-length": file.length - from,
    ...(from > 0 ? { "content-range": range } : {}),
  });
  response.end(file.subarray(from));
};

/** As if there were no ranges. */
export const sendWhole: Answer = (_, response, file) => {
  response.writeHead(200, { "content-length": file.length }).end(file);
};

export const sendOther =
  (body: Buffer): Answer =>
  (_, response) => {
    response.writeHead(200, { "content-length": body.length }).end(body);
  };

/** Promises everything, and closes the connection after so much of it. */
export const breakOffAfter =
  (bytes: number): Answer =>
  ({ headers }, response, file) => {
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      "content-length": file.length - from,
      ...(from > 0 ? { "content-range": `bytes ${from}-${file.length - 1}/${file.length}` } : {}),
    });
    response.write(file.subarray(from, from + bytes), () => response.socket?.destroySoon());
  };

export const refuse =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, headers).end();
  };

export const redirectTo =
  (location: (request: IncomingMessage) => string): Answer =>
  (request, response) => {
    response.writeHead(302, { location: location(request) }).end();
  };
