/** The description of the API: whole, and true of what the routes answer. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openApiDocument } from "../../../../gateway/site/api/openapi.ts";
import { slice } from "./ledgerbook.ts";
import { testSite, type TestSite } from "./site.ts";

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly responses: Readonly<Record<string, { readonly content?: Record<string, { readonly schema: object }> }>>;
}
interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

let site: TestSite;
let described: Description;
beforeAll(async () => {
  described = (await openApiDocument()) as Description;
  site = await testSite({ slices: [slice("press", "2026-03-10T05:00:00Z", 15)], now: "2026-03-10T05:15:00Z" });
});
afterAll(() => site[Symbol.asyncDispose]());

describe("the description", () => {
  test("is served as it is generated, and needs no token", async () => {
    const reply = await fetch(`${site.address}/api/v1/openapi.json`);
    expect(await reply.json()).toEqual(JSON.parse(JSON.stringify(described)));
    expect(described.openapi).toBe("3.1.0");
    expect((await fetch(`${site.address}/docs`)).status).toBe(200);
  });

  test("names every route of the API, and refers to nothing that is not there", () => {
    const routes = site.api.routes.filter(({ url, schema }) => url.startsWith("/api/v1/") && schema?.hide !== true);
    for (const { url } of routes) expect(Object.keys(described.paths)).toContain(url.replace(/:(\w+)/, "{$1}"));
    const names = [...JSON.stringify(described).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    for (const name of names) expect(Object.keys(described.components.schemas)).toContain(name);
    expect(Object.keys(described.components.schemas)).not.toContain("plant");
  });

  test("fits what the routes answer", async () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: "api", components: described.components });
    const query = "tag=plc/power&machine=press&from=2026-03-10T05:00:00Z&to=2026-03-10T06:00:00Z";
    for (const [path, operations] of Object.entries(described.paths)) {
      const content = operations["get"]?.responses["200"]?.content?.["application/json"];
      if (content === undefined) continue;
      const validate = ajv.compile(
        JSON.parse(JSON.stringify(content.schema).replaceAll('"#/components', '"api#/components')) as object,
      );
      const reply = await site.get(`${path.replace("{machine}", "press")}?${query}`);
      const known = validate(await reply.json());
      expect([path, reply.status, known, validate.errors]).toEqual([path, 200, true, null]);
    }
  });
});
