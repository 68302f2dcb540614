/** The HTTP server of the site: guards first, then one plugin per resource. It answers before the site is ready. */
import { fileURLToPath } from "node:url";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import { fastify, type FastifyInstance, type RouteOptions } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { Log } from "../../log.ts";
import type { Metrics } from "../metrics.ts";
import { createAccess, guard } from "./access.ts";
import { Broadcast, MAX_READERS } from "./broadcast.ts";
import { describeApi } from "./openapi.ts";
import { answerProblems, refusal } from "./problems.ts";
import { startPulse } from "./pulse.ts";
import { openSessions } from "./sessions.ts";
import { energyRoutes } from "./routes/energy.ts";
import { eventRoutes } from "./routes/events.ts";
import { deadLetterRoutes } from "./routes/deadletters.ts";
import { healthRoutes } from "./routes/health.ts";
import { historyRoutes } from "./routes/history.ts";
import { machineRoutes } from "./routes/machines.ts";
import { operationRoutes } from "./routes/operations.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { servePages } from "./routes/pages.ts";
import { plantRoutes } from "./routes/plant.ts";
import { sessionRoutes } from "./routes/session.ts";
import type { Source } from "./source.ts";

export interface ApiOptions {
  readonly source: Source;
  readonly token: string;
  /** Where sessions outlive the process; undefined: they do not. */
  readonly sessionFile?: string;
  readonly metrics: Metrics;
  readonly log: Log;
  /** The host on which it will listen. */
  readonly host: string;
  /** Folder with the built pages. */
  readonly pages?: string;
}

/** The only body is a login. */
const MAX_BODY_BYTES = 4096;
/** The longest address: a hundred tags of an export. */
const MAX_PARAMETER_LENGTH = 300;
/** A request that takes longer to arrive is no request of a browser. */
const REQUEST_TIMEOUT_MS = 15_000;

/** Every reader of the event stream, and as many requests beside them as a thousand screens make. */
const MAX_CONNECTIONS = MAX_READERS + 2000;

const BUILT_PAGES = fileURLToPath(new URL("../../../dashboards/web/dist", import.meta.url));

export type Api = FastifyInstance & { readonly broadcast: Broadcast; readonly routes: readonly RouteOptions[] };

/** Makes the server with all its routes; it does not listen yet. */
export async function createApi(options: ApiOptions): Promise<Api> {
  const { source, metrics, log, host } = options;
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    exposeHeadRoutes: false,
  }).withTypeProvider<ZodTypeProvider>();
  app.server.maxConnections = MAX_CONNECTIONS;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  answerProblems(app, log);

  await app.register(cookie);
  await app.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives: POLICY }, hsts: false });
  const { token, sessionFile } = options;
  const access = createAccess(token, openSessions({ token, file: sessionFile, log }));
  const routes = guard(app, access, isLoopback(host));
  await app.register(rateLimit, {
    global: false,
    errorResponseBuilder: (_request, { ttl }) =>
      refusal(429, "too many attempts; wait a minute", Math.ceil(ttl / 1000)),
  });
  await describeApi(app);
  app.addHook("onResponse", async ({ method, routeOptions }, reply) => {
    metrics.answered(method, routeOptions.url ?? "none", reply.statusCode, reply.elapsedTime);
  });

  const broadcast = new Broadcast();
  const pulse = startPulse(source, broadcast, log);
  app.addHook("preClose", async () => {
    pulse[Symbol.dispose]();
    await broadcast[Symbol.asyncDispose]();
  });

  await app.register(
    async (api) => {
      // Answers depend on who asks and when: no cache may keep them.
      api.addHook("onSend", async (_request, reply) => {
        if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
      });
      await api.register(sessionRoutes(access));
      await api.register(plantRoutes(source));
      await api.register(overviewRoutes(source));
      await api.register(machineRoutes(source));
      await api.register(historyRoutes(source));
      await api.register(energyRoutes(source));
      await api.register(healthRoutes(source));
      await api.register(deadLetterRoutes(source));
      await api.register(eventRoutes(access, broadcast, pulse));
    },
    { prefix: "/api/v1" },
  );
  await app.register(operationRoutes(source, metrics.registry));
  servePages(app, options.pages ?? BUILT_PAGES);
  await app.ready();
  return Object.assign(app, { broadcast, routes });
}

const isLoopback = (host: string) => host === "localhost" || host === "::1" || host.startsWith("127.");

/** The pages bring everything with them and may load nothing else; only data: images come from style sheets. */
const POLICY = {
  "default-src": ["'none'"],
  "script-src": ["'self'"],
  "style-src": ["'self'"],
  "img-src": ["'self'", "data:"],
  "font-src": ["'self'"],
  "connect-src": ["'self'"],
  "manifest-src": ["'self'"],
  "base-uri": ["'none'"],
  "form-action": ["'self'"],
  "frame-ancestors": ["'none'"],
};
