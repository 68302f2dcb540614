/** Every error is an RFC 9457 problem, and tells no more than the caller may know. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Problem } from "../../../../gateway/site/api/replies.ts";
import { testSite, TOKEN, type TestSite } from "./site.ts";

let site: TestSite;
beforeAll(async () => {
  site = await testSite();
});
afterAll(() => site[Symbol.asyncDispose]());

async function problem(path: string, init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${TOKEN}`, ...(init.headers as Record<string, string> | undefined) };
  const reply = await fetch(`${site.address}${path}`, { ...init, headers });
  expect(reply.headers.get("content-type")).toBe("application/problem+json");
  const text = await reply.text();
  expect(text).not.toMatch(/node_modules|\.ts:|at Object|Error:/);
  const body = Problem.parse(JSON.parse(text));
  expect(body.status).toBe(reply.status);
  return body;
}

describe("problems", () => {
  test("an unknown address", async () => {
    expect(await problem("/api/v1/nowhere")).toMatchObject({ status: 404, title: "Not Found" });
    expect((await problem("/api/v1/plant", { method: "PUT" })).status).toBe(404);
  });

  test("an unknown machine or tag is named", async () => {
    const range = "from=2026-03-10T05:00:00Z&to=2026-03-10T06:00:00Z";
    expect((await problem(`/api/v1/machines/lathe/ledger?${range}`)).detail).toContain('"lathe"');
    expect((await problem(`/api/v1/machines/constructor/ledger?${range}`)).status).toBe(404);
    expect((await problem(`/api/v1/series?tag=no/such&${range}`)).detail).toContain('"no/such"');
  });

  test("a wrong parameter is named with what was expected", async () => {
    const { status, errors } = await problem("/api/v1/energy?from=yesterday&to=2026-03-10T06:00:00Z");
    expect(status).toBe(400);
    expect(errors).toEqual([
      { path: "querystring/from", message: 'expected an instant such as "2026-11-24T06:00:00Z"' },
    ]);
  });

  test("a range that is upside down or too long", async () => {
    const backwards = await problem("/api/v1/energy?from=2026-03-10T06:00:00Z&to=2026-03-10T06:00:00Z");
    expect(backwards).toMatchObject({ status: 400 });
    expect(backwards.detail).toContain("after from");
    const long = await problem("/api/v1/machines/press/ledger?from=2020-01-01T00:00:00Z&to=2026-03-10T06:00:00Z");
    expect(long.detail).toContain("400 days");
  });

  test("a body that is too big, of another kind, or no JSON", async () => {
    const post = (body: string, type = "application/json") =>
      problem("/api/v1/session", { method: "POST", body, headers: { "content-type": type } });
    expect((await post(JSON.stringify({ token: "x".repeat(5000) }))).status).toBe(413);
    expect((await post("token=x", "application/x-www-form-urlencoded")).status).toBe(415);
    expect((await post("{")).status).toBe(400);
    expect((await post('{"token":"x","admin":true}')).status).toBe(400);
    expect((await post('{"__proto__":{"token":"x"}}')).status).toBe(400);
  });

  test("while the site starts, what needs it says so, and health answers", async () => {
    const starting = await testSite();
    starting.stop();
    const reply = await starting.get("/api/v1/overview");
    expect(reply.status).toBe(503);
    expect(reply.headers.get("retry-after")).toBe("1");
    const health = (await (await starting.get("/api/v1/health")).json()) as Record<string, unknown>;
    expect(health).toMatchObject({ status: "warning", historian: { error: "the gateway is starting" } });
    expect((await starting.get("/readyz")).status).toBe(503);
    expect((await starting.get("/healthz")).status).toBe(200);
    // Health checks of containers often ask for the head alone.
    expect((await fetch(`${starting.address}/readyz`, { method: "HEAD" })).status).toBe(503);
    expect((await fetch(`${starting.address}/healthz`, { method: "HEAD" })).status).toBe(200);
    await starting[Symbol.asyncDispose]();
  });

  test("a fault of ours keeps its text to the log", async () => {
    const faulty = await testSite();
    faulty.book.break();
    const reply = await faulty.get("/api/v1/energy?from=2026-03-10T05:00:00Z&to=2026-03-10T06:00:00Z");
    expect(reply.status).toBe(500);
    const text = await reply.text();
    expect(text).not.toContain("malformed");
    expect(Problem.parse(JSON.parse(text)).detail).toContain("log");
    await faulty[Symbol.asyncDispose]();
  });
});
