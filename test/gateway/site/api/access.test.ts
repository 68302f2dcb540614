/** Who gets in: every route by every kind of caller, from real sockets. */
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLES, SESSION_COOKIE } from "../../../../gateway/site/api/access.ts";
import { Problem } from "../../../../gateway/site/api/replies.ts";
import { testSite, TOKEN, type TestSite } from "./site.ts";

let site: TestSite;
beforeAll(async () => {
  site = await testSite();
});
afterAll(() => site[Symbol.asyncDispose]());

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${site.address}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

/** A request whose headers are not up to a browser's rules. */
function raw(path: string, headers: Record<string, string>, method = "GET"): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(`${site.address}${path}`, { method, headers }, (reply) => {
      let body = "";
      reply.on("data", (chunk: Buffer) => (body += chunk.toString()));
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, body }));
    });
    call.on("error", reject);
    call.end();
  });
}

/** An address of the route with something in each place. */
const addressOf = (url: string) => url.replace(":machine", "press").replace("*", "nothing.txt");

describe("roles", () => {
  test("every route names one", () => {
    expect(site.api.routes.length).toBeGreaterThan(15);
    for (const { config } of site.api.routes) expect(ROLES).toContain(config?.role);
  });

  test("whoever has no token reaches the public routes and no other", async () => {
    for (const { url, method, config } of site.api.routes) {
      for (const verb of [method].flat().filter((name) => name !== "HEAD")) {
        // A forwarding header: on loopback the metrics are open otherwise.
        const { status } = await raw(addressOf(url), { "x-forwarded-for": "192.0.2.7" }, verb);
        const open = config?.role === "public" || url === "/api/v1/session";
        if (open) expect(status).not.toBe(401);
        else expect(status).toBe(401);
      }
    }
  });

  test("a wrong token, a wrong scheme and a made-up session do not help", async () => {
    for (const headers of [
      { authorization: `Bearer ${TOKEN}x` },
      { authorization: `Basic ${TOKEN}` },
      { authorization: `Bearer ` },
      { cookie: `${SESSION_COOKIE}=${TOKEN}` },
      { cookie: `${SESSION_COOKIE}=__proto__` },
    ]) {
      expect((await raw("/api/v1/plant", headers)).status).toBe(401);
    }
  });

  test("the token lets in to every viewer's route", async () => {
    for (const { url, config } of site.api.routes) {
      if (config?.role !== "viewer" || url.endsWith("/events")) continue;
      const { status } = await raw(addressOf(url), { authorization: `Bearer ${TOKEN}` });
      expect([200, 400]).toContain(status);
    }
  });
});

describe("session", () => {
  test("logging in gives a cookie that no script can read, and logging out ends it", async () => {
    const login = await post({ token: TOKEN });
    expect(login.status).toBe(204);
    const cookie = login.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(cookie).not.toContain(TOKEN);
    const headers = { cookie: cookie.split(";")[0] ?? "" };
    expect((await fetch(`${site.address}/api/v1/plant`, { headers })).status).toBe(200);
    expect((await fetch(`${site.address}/api/v1/session`, { method: "DELETE", headers })).status).toBe(204);
    expect((await fetch(`${site.address}/api/v1/plant`, { headers })).status).toBe(401);
  });

  test("another site's page cannot log in or out for someone", async () => {
    expect((await post({ token: TOKEN }, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await raw("/api/v1/session", { origin: "https://evil.example" }, "DELETE")).status).toBe(403);
    expect((await raw("/api/v1/session", { origin: "null" }, "DELETE")).status).toBe(403);
    expect((await raw("/api/v1/session", { origin: site.address }, "DELETE")).status).toBe(204);
  });

  test("guessing is slowed down", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 15; i++) statuses.push((await post({ token: `guess ${i}` })).status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    const refused = await post({ token: TOKEN });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("content-type")).toContain("application/problem+json");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("names of the host", () => {
  test("another name that leads to loopback is refused, whatever the route", async () => {
    for (const path of ["/", "/api/v1/plant", "/metrics", "/nowhere"]) {
      for (const host of ["evil.example", "127.0.0.1.evil.example", "evil.example:8420", "192.168.1.5"]) {
        const { status, body } = await raw(path, { host, authorization: `Bearer ${TOKEN}` });
        expect(status).toBe(421);
        expect(Problem.parse(JSON.parse(body)).status).toBe(421);
      }
    }
  });

  test("loopback's own names are answered", async () => {
    for (const host of ["localhost:1", "127.0.0.1", "[::1]:8420", "LOCALHOST"]) {
      expect((await raw("/healthz", { host })).status).toBe(200);
    }
  });
});

describe("metrics", () => {
  test("are open to this machine, and closed to whoever comes through a proxy", async () => {
    expect((await raw("/metrics", {})).status).toBe(200);
    expect((await raw("/metrics", { "x-forwarded-for": "192.0.2.7" })).status).toBe(401);
    expect((await raw("/metrics", { forwarded: "for=192.0.2.7" })).status).toBe(401);
  });
});
