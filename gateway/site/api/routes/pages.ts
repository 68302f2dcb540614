/** The pages as Vite built them: hashed files for ever, everything else fresh, and every page address the same page. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { sendProblem } from "../problems.ts";

export function servePages(app: FastifyInstance, folder: string): void {
  app.register(async (scope) => {
    scope.addHook("onRoute", (route) => {
      route.config = { ...route.config, role: "public" };
    });
    await scope.register(fastifyStatic, {
      root: folder,
      cacheControl: false,
      dotfiles: "ignore",
      // The pages may be built later than the gateway starts.
      suppressWarning: true,
      setHeaders: (reply, path) => {
        reply.header("cache-control", path.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
      },
    });
  });

  app.setNotFoundHandler((request, reply) => {
    if (!isPage(request)) return sendProblem(reply, 404, "there is nothing at this address; /docs lists the API");
    if (!existsSync(join(folder, "index.html"))) {
      return sendProblem(reply, 404, "the pages have not been built yet: run `npm run build`");
    }
    return reply.header("cache-control", "no-cache").sendFile("index.html", folder, { cacheControl: false });
  });
}

/** An address that a person typed or a bookmark holds; a missing file or an API call is none. */
function isPage({ method, url }: FastifyRequest): boolean {
  const path = url.split("?")[0] ?? "";
  return (method === "GET" || method === "HEAD") && !/^\/(api|docs|metrics)(\/|$)/.test(path) && !/\.\w+$/.test(path);
}
