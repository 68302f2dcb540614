/** Who may call what: every route names its role, and one hook lets in or refuses before anything else runs. */
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { FastifyInstance, FastifyRequest, RouteOptions } from "fastify";
import { refusal } from "./problems.ts";
import type { Sessions } from "./sessions.ts";

/** Ascending: each role may do what the ones before it may. Operator and admin find their place between and after. */
export const ROLES = ["public", "viewer", "engineer"] as const;
export type Role = (typeof ROLES)[number];

declare module "fastify" {
  interface FastifyContextConfig {
    /** Least role that may call the route. The server does not start with a route without one. */
    readonly role?: Role;
    /** Open without a token to programs on this machine, such as a metrics scraper. */
    readonly openOnLoopback?: boolean;
  }
}

export const SESSION_COOKIE = "fieldlab_session";
export interface Access {
  readonly sessions: Sessions;
  tokenFits(token: string): boolean;
  /** Role of whoever sent the request. */
  roleOf(request: FastifyRequest): Role;
}

/** @param token the one secret of a first installation: whoever holds it may do everything */
export function createAccess(token: string, sessions: Sessions): Access {
  const expected = digest(token);
  const tokenFits = (candidate: string) => timingSafeEqual(digest(candidate), expected);
  return {
    sessions,
    tokenFits,
    roleOf(request) {
      const bearer = /^Bearer (.{1,200})$/i.exec(request.headers.authorization ?? "")?.[1];
      if (bearer !== undefined && tokenFits(bearer)) return "engineer";
      const cookie = request.cookies[SESSION_COOKIE];
      return cookie !== undefined && sessions.lives(cookie) ? "engineer" : "public";
    },
  };
}

/** Equal lengths for the comparison, whatever was sent. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/**
 * Guards every route of the instance, and gives the list that grows as they are registered. Call it before the first.
 * @param loopbackOnly the server listens on loopback: another name in the Host header is a rebinding attack
 */
export function guard(app: FastifyInstance, access: Access, loopbackOnly: boolean): readonly RouteOptions[] {
  const routes: RouteOptions[] = [];
  app.addHook("onRoute", (route) => void routes.push(route));
  // Only now: hooks of an inner scope give the routes of a package their role.
  app.addHook("onReady", async () => {
    const open = routes.find(({ config }) => config?.role === undefined);
    if (open) throw new Error(`route ${String(open.method)} ${open.url} names no role; see access.ts`);
  });
  app.addHook("onRequest", async (request) => {
    const host = hostName(request.headers.host);
    if (loopbackOnly && !isLoopbackName(host)) {
      throw refusal(421, `this gateway listens on loopback only and does not answer to the name "${host}"`);
    }
    if (!isSafe(request.method) && !isSameOrigin(request)) {
      throw refusal(403, "a request that changes something must come from the gateway's own pages");
    }
    if (request.is404) return;
    const { role = "engineer", openOnLoopback = false } = request.routeOptions.config;
    if (role === "public" || (openOnLoopback && isFromThisMachine(request, host))) return;
    if (ROLES.indexOf(access.roleOf(request)) < ROLES.indexOf(role)) {
      throw refusal(401, "log in, or send the header Authorization: Bearer <token>");
    }
  });
  return routes;
}

const isSafe = (method: string) => method === "GET" || method === "HEAD" || method === "OPTIONS";

/** Name or address without the port, in lower case; brackets of IPv6 stay. */
function hostName(header: string | undefined): string {
  return (header ?? "").replace(/:\d{1,5}$/, "").toLowerCase();
}

function isLoopbackName(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost") || host === "[::1]") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

/** Browsers send at least one of the two headers with every request that changes something; programs send neither. */
function isSameOrigin({ headers }: FastifyRequest): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  if (headers.origin === undefined) return true;
  return URL.canParse(headers.origin) && new URL(headers.origin).host === (headers.host ?? "").toLowerCase();
}

/** A proxy on this machine also comes from loopback: its forwarding headers give it away. */
function isFromThisMachine(request: FastifyRequest, host: string): boolean {
  const { remoteAddress = "" } = request.socket;
  const forwarded = request.headers["x-forwarded-for"] ?? request.headers["forwarded"];
  const near = remoteAddress.startsWith("127.") || remoteAddress === "::1" || remoteAddress.startsWith("::ffff:127.");
  return near && forwarded === undefined && isLoopbackName(host);
}
