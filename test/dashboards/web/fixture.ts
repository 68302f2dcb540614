/** A small site for the pages: the built files and the API's replies, with faults that a test can ask for. */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import * as factory from "./factory.ts";
import { energyReply, healthReply } from "./meters.ts";

export const TOKEN = "shop-floor-token";
const COOKIE = "session=yes";
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
/** What the site sends as well: a page that needs more than this does not work there. */
const CSP = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'";

export interface Faults {
  scenario: factory.Scenario;
  language: "nl" | "en";
  /** No answer at all, and no stream: the site is gone. */
  isDown: boolean;
  /** 503, as while the stores open. */
  isStarting: boolean;
  /** Paths that answer 500. */
  broken: RegExp | null;
}

export interface Fixture extends AsyncDisposable {
  readonly address: string;
  readonly faults: Faults;
  /** Ends every open stream, as a restart does. */
  dropStreams(): void;
}

export async function startFixture(pages: string, port = 0): Promise<Fixture> {
  const faults: Faults = { scenario: "running", language: "nl", isDown: false, isStarting: false, broken: null };
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    void answer(request, response, pages, faults, streams).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(port, "127.0.0.1", resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("no port");
  const dropStreams = (): void => {
    for (const stream of streams) stream.destroy();
    streams.clear();
  };
  return {
    address: `http://127.0.0.1:${bound.port}`,
    faults,
    dropStreams,
    async [Symbol.asyncDispose]() {
      dropStreams();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  pages: string,
  faults: Faults,
  streams: Set<ServerResponse>,
): Promise<void> {
  if (faults.isDown) {
    response.destroy();
    return;
  }
  const url = new URL(request.url ?? "/", "http://site");
  response.setHeader("content-security-policy", CSP);
  if (!url.pathname.startsWith("/api/") && url.pathname !== "/healthz") {
    const wanted = extname(url.pathname) === "" ? "/index.html" : normalize(url.pathname);
    const body = await readFile(join(pages, wanted)).catch(() => null);
    response.writeHead(body === null ? 404 : 200, { "content-type": TYPES[extname(wanted)] ?? "text/plain" }).end(body);
    return;
  }
  const json = (status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const problem = (status: number, detail: string): void =>
    json(status, { type: "about:blank", title: "Problem", status, detail });
  const path = url.pathname.replace(/^\/api\/v1/, "");
  if (path === "/healthz") return json(200, {});
  if (path === "/session") {
    if (request.method === "DELETE") {
      response.writeHead(204, { "set-cookie": `${COOKIE}; Max-Age=0; Path=/` }).end();
      return;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const { token } = JSON.parse(Buffer.concat(chunks).toString()) as { token: string };
    if (token !== TOKEN) return problem(401, "the token does not fit");
    response.writeHead(204, { "set-cookie": `${COOKIE}; HttpOnly; SameSite=Strict; Path=/` }).end();
    return;
  }
  if (request.headers.cookie?.includes(COOKIE) !== true) return problem(401, "log in first");
  if (faults.broken?.test(path) === true) return problem(500, "the disk is full");
  if (path === "/events") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    streams.add(response);
    response.write(
      `event: live\ndata: ${JSON.stringify({ now: new Date(factory.NOW).toISOString(), values: {} })}\n\n`,
    );
    if (!faults.isStarting) {
      response.write(`event: overview\ndata: ${JSON.stringify(factory.overviewReply(faults.scenario))}\n\n`);
    }
    response.write(`event: health\ndata: ${JSON.stringify({ status: "fault" })}\n\n`);
    return;
  }
  if (path === "/plant") return json(200, factory.plantReply(faults.scenario, faults.language));
  if (faults.isStarting) return problem(503, "the stores are opening");
  const reply = replyTo(path, url.searchParams, faults.scenario);
  if (reply === null) problem(404, "no such address");
  else json(200, reply);
}

function replyTo(path: string, query: URLSearchParams, scenario: factory.Scenario): unknown {
  const from = Date.parse(query.get("from") ?? "");
  const to = Date.parse(query.get("to") ?? "");
  const [, machine = "", what] = /^\/machines\/([^/]+)\/(\w+)$/.exec(path) ?? [];
  switch (what ?? path) {
    case "timeline":
      return factory.timelineReply(machine, scenario);
    case "ledger":
      return factory.ledgerReply(machine);
    case "stops":
      return factory.stopsReply(machine);
    case "/shifts":
      return factory.shiftsReply();
    case "/series":
      return factory.seriesReply(query.get("tag") ?? "", from, to);
    case "/energy":
      return energyReply(from, to, scenario);
    case "/overview":
      return factory.overviewReply(scenario);
    case "/health":
      return healthReply(scenario);
    default:
      return null;
  }
}
