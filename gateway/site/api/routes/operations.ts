/** For whoever runs the gateway: is it alive, is it ready, and its figures for Prometheus. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Registry } from "prom-client";
import { z } from "zod";
import { PROBLEMS } from "../problems.ts";
import type { Source } from "../source.ts";

const Ready = z.object({
  ready: z.boolean(),
  checks: z.object({ historian: z.boolean(), broker: z.boolean(), ledger: z.boolean() }),
});

export function operationRoutes(source: Source, metrics: Registry): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      "/healthz",
      {
        exposeHeadRoute: true,
        config: { role: "public" },
        schema: {
          summary: "The process answers",
          tags: ["operations"],
          response: { ...PROBLEMS, 200: z.object({ alive: z.literal(true) }) },
        },
      },
      async () => ({ alive: true as const }),
    );

    app.get(
      "/readyz",
      {
        exposeHeadRoute: true,
        config: { role: "public" },
        schema: {
          summary: "Historian reachable, broker connected, ledger open",
          tags: ["operations"],
          response: { ...PROBLEMS, 200: Ready, 503: Ready.describe("Not all of them yet") },
        },
      },
      async (_request, reply) => {
        const running = source.running();
        const checks = {
          historian: running?.historian.stats().reachable ?? false,
          broker: running?.brokerConnected() ?? false,
          ledger: running !== undefined,
        };
        const ready = checks.historian && checks.broker && checks.ledger;
        return reply.code(ready ? 200 : 503).send({ ready, checks });
      },
    );

    app.get(
      "/metrics",
      {
        config: { role: "viewer", openOnLoopback: true },
        schema: {
          summary: "Figures for Prometheus",
          description: "Needs no token when asked from the same machine; else a token like everything.",
          tags: ["operations"],
          response: {
            ...PROBLEMS,
            200: { description: "Prometheus text format", content: { "text/plain": { schema: z.string() } } },
          },
        },
      },
      async (_request, reply) =>
        reply
          .type(metrics.contentType)
          .serializer((text: unknown) => String(text))
          .send(await metrics.metrics()),
    );
  };
}
