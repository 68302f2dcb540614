/** The pages, their headers, and that nothing else of the disk can be read. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testSite, TOKEN, type TestSite } from "./site.ts";

let site: TestSite;
beforeAll(async () => {
  site = await testSite();
});
afterAll(() => site[Symbol.asyncDispose]());

/** A request line as it stands: fetch would tidy the path up first. */
function rawGet(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(site.address).port), "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString()));
    socket.on("end", () => resolve(answer));
    socket.on("error", reject);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  });
}

describe("pages", () => {
  test("any page address gives the one page, fresh every time", async () => {
    for (const path of ["/", "/energy", "/machine/press", "/index.html", "/?x=1"]) {
      const reply = await fetch(`${site.address}${path}`);
      expect(reply.status).toBe(200);
      expect(await reply.text()).toContain("<title>pages</title>");
      expect(reply.headers.get("cache-control")).toBe("no-cache");
    }
  });

  test("hashed files are kept for ever, missing ones are not the page", async () => {
    const script = await fetch(`${site.address}/assets/main-1a2b3c.js`);
    expect(script.headers.get("content-type")).toContain("javascript");
    expect(script.headers.get("cache-control")).toContain("immutable");
    expect((await fetch(`${site.address}/assets/gone-000000.js`)).status).toBe(404);
  });

  test("nothing outside the folder can be read", async () => {
    for (const path of [
      "/../secrets.json",
      "/..%2fsecrets.json",
      "/%2e%2e/secrets.json",
      "/%2e%2e%2fsecrets.json",
      "/assets/../../secrets.json",
      "/assets/..%5c..%5csecrets.json",
      "//secrets.json",
      "/%00/secrets.json",
      "/....//secrets.json",
      "/docs/static/../../../package.json",
      "/docs/static/..%2f..%2f..%2fpackage.json",
    ]) {
      const answer = await rawGet(path);
      expect(answer).not.toContain(TOKEN);
      expect(answer).not.toContain('"dependencies"');
    }
  });

  test("the policy lets the page load its own files and nothing else", async () => {
    for (const path of ["/", "/docs/", "/api/v1/plant", "/nowhere.js"]) {
      const { headers } = await fetch(`${site.address}${path}`);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|https:|\*/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("strict-transport-security")).toBeNull();
    }
  });
});
