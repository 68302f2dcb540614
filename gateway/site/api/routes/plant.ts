/** The plant as it is configured: what there is to show, and in which zone and language. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { PROBLEMS } from "../problems.ts";
import { PlantReply } from "../replies.ts";
import type { Source } from "../source.ts";
import { plantReply } from "../views/plant.ts";

export function plantRoutes(source: Source): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      "/plant",
      {
        config: { role: "viewer" },
        schema: { summary: "The plant as configured", tags: ["plant"], response: { ...PROBLEMS, 200: PlantReply } },
      },
      async () => plantReply(source.plant, source.clock, source.running()?.ingest.latest() ?? new Map()),
    );
  };
}
