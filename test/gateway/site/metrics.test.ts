/** The figures for Prometheus, scraped as it would. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeMetrics } from "../../../gateway/site/metrics.ts";
import { sample, testSite, type TestSite } from "./api/site.ts";

let site: TestSite;
beforeAll(async () => {
  site = await testSite();
});
afterAll(() => site[Symbol.asyncDispose]());

describe("metrics", () => {
  test("say how much was stored and what is missing", async () => {
    const now = new Date().toISOString();
    await site.send([sample("plc/power", now, 1), sample("plc/state", now, 1)]);
    await site.get("/api/v1/plant");
    const text = await (await fetch(`${site.address}/metrics`)).text();
    const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
    expect(figure("fieldlab_samples_stored_total")).toBe(2);
    expect(figure("fieldlab_batches_stored_total")).toBe(1);
    expect(figure("fieldlab_receipts_sent_total")).toBeGreaterThan(0);
    expect(figure("fieldlab_tags")).toBe(9);
    expect(figure("fieldlab_tags_stale")).toBe(7);
    expect(figure("fieldlab_historian_reachable")).toBe(1);
    expect(figure("fieldlab_historian_samples")).toBe(2);
    expect(figure("fieldlab_broker_connected")).toBe(1);
    expect(figure("fieldlab_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(text).toContain('route="/api/v1/plant"');
    expect(text).toMatch(/fieldlab_edge_online\{edge="edge1"\} 1/);
  });

  test("are described for the documentation", async () => {
    const described = await describeMetrics(site.source);
    expect(described.length).toBeGreaterThan(20);
    for (const { help } of described) expect(help).not.toBe("");
  });
});
