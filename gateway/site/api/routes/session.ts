/** Logging in with the token and out again; the session lives in a cookie that no script can read. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { SESSION_COOKIE, type Access } from "../access.ts";
import { PROBLEMS, refusal } from "../problems.ts";
import { LoginBody } from "../requests.ts";
import { SESSION_SECONDS } from "../sessions.ts";

/** A person mistypes a few times; a guesser gets nowhere at this rate. */
const LOGINS_PER_MINUTE = 10;

export function sessionRoutes(access: Access): FastifyPluginAsyncZod {
  const cookie = { path: "/", httpOnly: true, sameSite: "strict" } as const;
  return async (app) => {
    app.post(
      "/session",
      {
        config: { role: "public", rateLimit: { max: LOGINS_PER_MINUTE, timeWindow: "1 minute" } },
        schema: {
          summary: "Log in with the token",
          tags: ["session"],
          body: LoginBody,
          response: { ...PROBLEMS, 204: z.null().describe("Logged in; the session is in a cookie") },
        },
      },
      async ({ body }, reply) => {
        if (!access.tokenFits(body.token)) {
          throw refusal(
            401,
            "this token does not fit; `fieldlab start` prints the right one, and secrets.json holds it",
          );
        }
        reply.setCookie(SESSION_COOKIE, access.sessions.open(), { ...cookie, maxAge: SESSION_SECONDS });
        return reply.code(204).send(null);
      },
    );

    app.delete(
      "/session",
      {
        config: { role: "public" },
        schema: {
          summary: "Log out",
          tags: ["session"],
          response: { ...PROBLEMS, 204: z.null().describe("Logged out, or was not logged in") },
        },
      },
      async (request, reply) => {
        const session = request.cookies[SESSION_COOKIE];
        if (session !== undefined) access.sessions.close(session);
        reply.clearCookie(SESSION_COOKIE, cookie);
        return reply.code(204).send(null);
      },
    );
  };
}
