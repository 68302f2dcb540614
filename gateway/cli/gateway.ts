/** The running gateway as the command line reaches it: over its HTTP API, with the token of the data folder. */
import { z } from "zod";
import { readCredentials } from "../config/credentials.ts";
import { Problem } from "../site/api/replies.ts";
import type { Given } from "./command.ts";
import { Ends, EXIT } from "./exit.ts";
import { holderOf } from "./lock.ts";
import { choosePlant } from "./plant.ts";

/** A month of a large plant's ledger is summed well within this. */
const TIMEOUT_MS = 60_000;

export interface Gateway {
  /** Where a browser finds the pages, with the token that lets it in. */
  readonly pages: string;
  readonly get: <Reply>(
    path: string,
    query: Readonly<Record<string, string>>,
    reply: z.ZodType<Reply>,
  ) => Promise<Reply>;
  /** The body as it comes: for what is too large to hold. */
  readonly stream: (path: string, query: URLSearchParams) => Promise<ReadableStream<Uint8Array>>;
}

export function connectGateway(given: Given): Gateway {
  const { plant, folder } = choosePlant(given);
  const { host, port } = plant.network.http;
  const local = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const address = holderOf(folder)?.address ?? `http://${local.includes(":") ? `[${local}]` : local}:${port}`;
  const credentials = readCredentials(folder);
  if (credentials === undefined) {
    throw new Ends(
      EXIT.unreachable,
      `Nothing has run on ${folder} yet: start the gateway with "fieldlab start", or give --data`,
    );
  }

  const ask = async (path: string, query: URLSearchParams, signal?: AbortSignal): Promise<Response> => {
    const url = `${address}/api/v1${path}${query.size === 0 ? "" : `?${query}`}`;
    const headers = { authorization: `Bearer ${credentials.token}` };
    let reply: Response;
    try {
      reply = await fetch(url, { headers, ...(signal === undefined ? {} : { signal }) });
    } catch (cause) {
      throw new Ends(EXIT.unreachable, `The gateway does not answer at ${address}: start it with "fieldlab start"`, {
        cause,
      });
    }
    if (reply.ok) return reply;
    const problem = Problem.safeParse(await reply.json().catch(() => undefined));
    const { title = `HTTP ${reply.status}`, detail, errors = [] } = problem.data ?? {};
    const lines = errors.map(({ path: where, message }) => `  ${where}: ${message}`);
    const text = [`${title}${detail === undefined ? "" : `: ${detail}`}`, ...lines].join("\n");
    if (reply.status === 401) {
      throw new Ends(
        EXIT.unreachable,
        `The gateway at ${address} does not know the token of ${folder}: it runs on another folder; give --data`,
      );
    }
    throw new Ends(reply.status >= 500 ? EXIT.unreachable : EXIT.failed, text);
  };

  return {
    pages: `${address}/#token=${credentials.token}`,
    get: async (path, query, schema) => {
      const reply = await ask(path, new URLSearchParams(query), AbortSignal.timeout(TIMEOUT_MS));
      return schema.parse(await reply.json());
    },
    stream: async (path, query) => {
      const { body } = await ask(path, query);
      if (body === null) throw new Ends(EXIT.failed, "the gateway sent nothing");
      return body;
    },
  };
}
