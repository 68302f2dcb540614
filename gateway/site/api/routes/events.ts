/** The event stream: one request that stays open and tells what changed. */
import type { OutgoingHttpHeaders } from "node:http";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Access } from "../access.ts";
import { MAX_READERS, type Broadcast } from "../broadcast.ts";
import { PROBLEMS, refusal } from "../problems.ts";
import type { Pulse } from "../pulse.ts";
import { events } from "../replies.ts";

const TRY_AGAIN_SECONDS = 10;

export function eventRoutes(access: Access, broadcast: Broadcast, pulse: Pulse): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      "/events",
      {
        config: { role: "viewer" },
        schema: {
          summary: "Server-sent events: live (values that changed), overview, health",
          description: "The first events bring the reader up to date. A reader that does not read is cut off.",
          tags: ["live"],
          response: {
            ...PROBLEMS,
            200: {
              description: "Event stream; the schema gives the data of each event under its name",
              content: { "text/event-stream": { schema: z.object(events) } },
            },
          },
        },
      },
      async (request, reply) => {
        if (broadcast.readers >= MAX_READERS) {
          throw refusal(503, `${MAX_READERS} readers listen already`, TRY_AGAIN_SECONDS);
        }
        const first = pulse.snapshot();
        reply.hijack();
        reply.raw.writeHead(200, {
          ...(reply.getHeaders() as OutgoingHttpHeaders),
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-store",
          // nginx would otherwise hold the events back
          "x-accel-buffering": "no",
        });
        broadcast.add(reply.raw, () => access.roleOf(request) !== "public", first);
      },
    );
  };
}
