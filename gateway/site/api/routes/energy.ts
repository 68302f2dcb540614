/** Energy of the plant over a range. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { PROBLEMS } from "../problems.ts";
import { MAX_TIMELINE_DAYS, rangeOf, wholeQuarters } from "../range.ts";
import { EnergyReply } from "../replies.ts";
import { RangeQuery } from "../requests.ts";
import { runningOf, type Source } from "../source.ts";
import { energyReply } from "../views/energy.ts";

export function energyRoutes(source: Source): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      "/energy",
      {
        config: { role: "viewer" },
        schema: {
          summary: "Quarter-hour demand, peak, base load, idle energy and energy per part",
          tags: ["energy"],
          querystring: RangeQuery,
          response: { ...PROBLEMS, 200: EnergyReply },
        },
      },
      async ({ query }) => {
        const range = wholeQuarters(rangeOf(query, MAX_TIMELINE_DAYS));
        return energyReply(source.plant, source.clock.now(), runningOf(source), range);
      },
    );
  };
}
