/** The event stream as a browser reads it. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { events } from "../../../../gateway/site/api/replies.ts";
import { slice } from "./ledgerbook.ts";
import { sample, testSite, TOKEN, type TestSite } from "./site.ts";

let site: TestSite;
beforeAll(async () => {
  site = await testSite({ slices: [slice("press", "2026-03-10T05:00:00Z", 15)], now: "2026-03-10T05:20:00Z" });
});
afterAll(() => site[Symbol.asyncDispose]());

interface Told {
  readonly name: keyof typeof events;
  readonly data: unknown;
}

/** Events as they come; ends with the stream. */
async function* listen(signal: AbortSignal): AsyncGenerator<Told> {
  const reply = await fetch(`${site.address}/api/v1/events`, { headers: { authorization: `Bearer ${TOKEN}` }, signal });
  expect(reply.headers.get("content-type")).toContain("text/event-stream");
  expect(reply.headers.get("content-security-policy")).toContain("default-src 'none'");
  let rest = "";
  for await (const chunk of reply.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const parts = (rest + chunk).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(part) ?? [];
      if (name !== undefined) yield { name: name as Told["name"], data: JSON.parse(data ?? "") };
    }
  }
}

describe("the event stream", () => {
  test("begins with everything, then tells what changes", async () => {
    await site.send([sample("plc/power", "2026-03-10T05:19:00Z", 12)]);
    const stop = new AbortController();
    const told: Told[] = [];
    for await (const event of listen(stop.signal)) {
      told.push(event);
      if (told.length === 3) {
        await site.send([sample("plc/state", "2026-03-10T05:19:30Z", 1)]);
        site.book.change("press");
      }
      const state = told.some(({ name, data }) => name === "live" && "plc/state" in events.live.parse(data).values);
      if (state && told.slice(3).some(({ name }) => name === "overview")) break;
    }
    stop.abort();
    expect(told.slice(0, 3).map(({ name }) => name)).toEqual(["live", "overview", "health"]);
    const lives = told.filter(({ name }) => name === "live").map(({ data }) => events.live.parse(data));
    expect(lives[0]?.values).toMatchObject({ "plc/power": { value: 12, quality: "good" } });
    expect(lives.at(-1)?.values).toMatchObject({ "plc/state": { value: 1 } });
    for (const { name, data } of told) expect(events[name].strict().safeParse(data).error).toBeUndefined();
  });

  test("one who does not read is cut off, and the others do not wait for him", async () => {
    await expect.poll(() => site.api.broadcast.readers).toBe(0);
    const before = site.api.broadcast.cutOff;
    const socket = connect(Number(new URL(site.address).port), "127.0.0.1");
    socket.pause();
    socket.on("error", () => undefined);
    socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
    await expect.poll(() => site.api.broadcast.readers).toBe(1);
    const values = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [
        `plc/${i}`,
        { value: "x".repeat(50), time: "2026-03-10T05:19:00Z", quality: "good" as const },
      ]),
    );
    for (let i = 0; i < 100 && site.api.broadcast.readers > 0; i++) {
      site.api.broadcast.send("live", { now: "2026-03-10T05:20:00Z", values });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(site.api.broadcast.readers).toBe(0);
    expect(site.api.broadcast.cutOff).toBe(before + 1);
    socket.destroy();
  });

  test("closing the server ends the streams at once", async () => {
    const other = await testSite();
    const reply = await other.get("/api/v1/events");
    const started = performance.now();
    await other[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(2000);
    await expect(reply.text()).rejects.toThrow(/terminated/);
  });
});
