/** How the gateway itself is: each connection and tag, the edges, the store, and what to do about it. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { PROBLEMS } from "../problems.ts";
import { HealthReply } from "../replies.ts";
import type { Source } from "../source.ts";
import { healthReply } from "../views/health.ts";

export function healthRoutes(source: Source): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      "/health",
      {
        config: { role: "viewer" },
        schema: {
          summary: "Connections, tags, edges and stores; answers while the gateway starts, too",
          tags: ["live"],
          response: { ...PROBLEMS, 200: HealthReply },
        },
      },
      async () => healthReply(source),
    );
  };
}
