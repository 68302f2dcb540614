/** What could not be stored for good, each with its reason: set aside, counted, and here to be seen. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { formatInstant } from "../../../model/time.ts";
import { PROBLEMS } from "../problems.ts";
import { DeadLettersReply } from "../replies.ts";
import { NewestQuery } from "../requests.ts";
import { runningOf, type Source } from "../source.ts";

export function deadLetterRoutes(source: Source): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      "/dead-letters",
      {
        config: { role: "viewer" },
        schema: {
          summary: "Samples and messages that were set aside, with the reason",
          tags: ["history"],
          querystring: NewestQuery,
          response: { ...PROBLEMS, 200: DeadLettersReply },
        },
      },
      async ({ query }) => ({
        deadLetters: runningOf(source)
          .ingest.deadLetters(query.limit)
          .map(({ time, edge, reason, tag, sampleTime, sample, payload }) => ({
            time: formatInstant(time),
            edge,
            reason,
            tag,
            sampleTime: sampleTime === null ? null : formatInstant(sampleTime),
            sample,
            payloadBytes: payload?.length ?? null,
          })),
      }),
    );
  };
}
