/** The whole plant at a glance: one tile per machine. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { PROBLEMS } from "../problems.ts";
import { OverviewReply } from "../replies.ts";
import { runningOf, type Source } from "../source.ts";
import { overviewReply } from "../views/overview.ts";

export function overviewRoutes(source: Source): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      "/overview",
      {
        config: { role: "viewer" },
        schema: {
          summary: "State, shift figures and power of every machine and line",
          tags: ["live"],
          response: { ...PROBLEMS, 200: OverviewReply },
        },
      },
      async () => overviewReply(source.plant, source.clock, runningOf(source)),
    );
  };
}
