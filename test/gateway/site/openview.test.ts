/** The open view as another program on the broker sees it. */
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connected, connectMqtt } from "../../../gateway/link/connect.ts";
import { createLog } from "../../../gateway/log.ts";
import { OpenValue } from "../../../gateway/model/messages.ts";
import { millis } from "../../../gateway/model/units.ts";
import { machineTopic, startOpenView } from "../../../gateway/site/openview.ts";
import { slice } from "./api/ledgerbook.ts";
import { plant } from "./api/plant.ts";
import { sample, testSite, type TestSite } from "./api/site.ts";

let site: TestSite;
beforeAll(async () => {
  const made = { total: 80, good: 75, scrap: 5, idealTotal: 800_000_000, idealGood: 750_000_000 };
  site = await testSite({ slices: [slice("press", "2026-03-10T05:00:00Z", 15, made)], now: "2026-03-10T05:15:00Z" });
});
afterAll(() => site[Symbol.asyncDispose]());

describe("the open view", () => {
  test("keeps the newest value of each signal and KPI under the machine's topic", async () => {
    await site.send([sample("plc/power", "2026-03-10T05:14:59Z", 12.5)]);
    const port = Number(new URL(site.mqttUrl).port);
    const client = await connectMqtt(
      { broker: "embedded", host: "127.0.0.1", port },
      { clientId: "view", username: "site", password: "site-password" },
    );
    await connected(client, millis(5000));
    const { source, running } = site;
    using _view = startOpenView({ plant, clock: source.clock, client, running, log: createLog("test", "silent") });

    await new Promise((resolve) => setTimeout(resolve, 1300));
    // Anonymous and late: what it gets is what the broker retains.
    const reader = await connectAsync(site.mqttUrl);
    const seen = new Map<string, OpenValue>();
    let messages = 0;
    reader.on("message", (topic, payload) => {
      messages++;
      seen.set(topic, OpenValue.parse(JSON.parse(payload.toString())));
    });
    await reader.subscribeAsync("Acme/#");
    const base = "Acme/Delft/Hall 1/line1/press";
    // Eight KPIs of each machine, and the one signal that has a value.
    await expect.poll(() => seen.size, { timeout: 5000 }).toBe(17);
    expect(seen.get(`${base}/power`)).toEqual({
      value: 12.5,
      time: "2026-03-10T05:14:59Z",
      quality: "good",
      unit: "kW",
    });
    expect(seen.get(`${base}/kpi/oee`)).toMatchObject({ value: 0.8333, coverage: 1, quality: "good" });
    expect(seen.get(`${base}/kpi/state`)?.value).toBe("producing");

    const before = messages;
    site.book.change("press");
    await site.send([sample("plc/good", "2026-03-10T05:15:00Z", 75)]);
    await expect.poll(() => seen.get(`${base}/goodCount`)?.value, { timeout: 5000 }).toBe(75);
    // The KPIs were looked at again and had not changed.
    expect(messages).toBe(before + 1);
    await reader.endAsync();
    await client.endAsync(true);
  });

  test("names never break out of their level of the topic", () => {
    const site = { ...plant.site, enterprise: "$SYS/#", name: "a+b", area: " \n" };
    expect(machineTopic({ ...plant, site }, "press")).toBe("_SYS__/a_b/_/line1/press");
  });
});
