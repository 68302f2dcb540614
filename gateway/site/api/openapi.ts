/** The description of the API, OpenAPI 3.1, made from the schemas that check its requests and replies. */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";

/** Version of the address prefix /api/v1, not of the program. */
const API_VERSION = "1";

const DESCRIPTION = `Everything that the pages show, and the history behind it. Times are RFC 3339 in UTC with up to six
decimals; ranges contain \`from\` and not \`to\`. Errors are RFC 9457 problems. Log in by posting the token to
/api/v1/session, or send it as \`Authorization: Bearer <token>\`.`;

/** Before the first route: collects what is registered from here on, and serves it with its pages. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "fieldlab-gateway", version: API_VERSION, description: DESCRIPTION },
      components: {
        securitySchemes: {
          token: { type: "http", scheme: "bearer" },
          session: { type: "apiKey", in: "cookie", name: "fieldlab_session" },
        },
      },
      security: [{ token: [] }, { session: [] }],
    },
    transform: (input) => {
      const { schema, url } = jsonSchemaTransform(input);
      const role = (input.route.config as { role?: string } | undefined)?.role;
      return { schema: role === "public" ? { ...schema, security: [] } : schema, url };
    },
    transformObject: (input) => withUsedSchemas(jsonSchemaTransformObject(input)),
  });

  app.register(async (scope) => {
    scope.addHook("onRoute", (route) => {
      route.config = { ...route.config, role: "public" };
      route.schema = { ...route.schema, hide: true };
    });
    await scope.register(swaggerUi, {
      routePrefix: "/docs",
      theme: { title: "fieldlab-gateway API" },
      uiConfig: { layout: "BaseLayout" },
    });
    scope.get("/api/v1/openapi.json", async () => app.swagger());
  });
}

/** Schemas of other parts that carry an id land in the same registry; only what the API refers to is its own. */
function withUsedSchemas<Document extends object>(document: Document): Document {
  const { components } = document as { components?: { schemas?: Record<string, unknown> } };
  const schemas = components?.schemas ?? {};
  const used = new Set<string>();
  const collect = (part: unknown) => {
    for (const [, name = ""] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name) || schemas[name] === undefined) continue;
      used.add(name);
      collect(schemas[name]);
    }
  };
  collect({ ...document, components: {} });
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
  return { ...document, components: { ...components, schemas: kept } };
}

/** The description without listening and without a site behind it: for the generated documentation. */
export async function openApiDocument(): Promise<object> {
  const { createApi } = await import("./server.ts");
  const { emptySource } = await import("./describe.ts");
  const app = await createApi(emptySource());
  const document = app.swagger();
  await app.close();
  return document;
}
