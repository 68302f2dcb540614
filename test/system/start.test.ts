/** `fieldlab start` with the demo: each of its processes is killed once, and everything comes back by itself. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demoPlant, type DemoPlant } from "./demoplant.ts";
import { eventually, processesNaming, startProcess, type Running } from "./processes.ts";

/** Two to eight seconds on two cores of their own; the rest is for a machine that runs other tests beside this one. */
const BACK_WITHIN_MS = 90_000;
const HISTORY_WITHIN_MS = 180_000;

describe("fieldlab start with the demo factory, each process killed once", () => {
  let demo: DemoPlant;
  let gateway: Running;

  beforeAll(async () => {
    demo = await demoPlant();
    gateway = startProcess(process.execPath, ["tools/run.mjs", "start", ...demo.options]);
    await eventually(
      "the address is printed",
      () => (gateway.output().includes("#token=") ? true : undefined),
      BACK_WITHIN_MS,
    );
    await eventually("live data", async () => (await producedAt(demo)) && true, BACK_WITHIN_MS);
  }, 3 * BACK_WITHIN_MS);
  afterAll(async () => {
    await gateway.stop();
    demo[Symbol.dispose]();
  });

  // In the order in which a killed one disturbs the others least, so that each test sees its own kill alone.
  test.each(["demo-history", "edge", "demo", "site"])(
    "kill -9 of %s: it is started again and live data go on",
    { timeout: 4 * BACK_WITHIN_MS },
    async (name) => {
      const before = await eventually(`${name} runs`, () => pidOf(demo, name), BACK_WITHIN_MS);
      process.kill(before, "SIGKILL");
      const isAnother = () => ![before, undefined].includes(pidOf(demo, name)) || undefined;
      await eventually(`another ${name} runs`, isAnother, BACK_WITHIN_MS);
      expect(gateway.output()).toContain(`${name}: ended (SIGKILL); starts again in`);
      const killedAt = Date.now();
      await eventually(
        "samples taken after the kill are on the screen",
        async () => (((await producedAt(demo)) ?? 0) > killedAt ? true : undefined),
        BACK_WITHIN_MS,
      );
    },
  );

  test(
    "all connections are up again and the history comes to its end",
    { timeout: HISTORY_WITHIN_MS + 60_000 },
    async () => {
      await eventually(
        "history is stored",
        () => (readFileSync(join(demo.folder, "history.done"), "utf8") === "" ? undefined : true),
        HISTORY_WITHIN_MS,
      ).catch((cause: unknown) => {
        throw new Error(gateway.output().slice(-3000), { cause });
      });
      await demo.folded();
      const states = await eventually("every connection is up", async () => {
        const edge = (await demo.health()).edges.find(({ edge: name }) => name === demo.plant.edge.name);
        const connections = edge?.connections ?? [];
        return connections.length === 4 && connections.every(({ state }) => state === "connected")
          ? connections
          : undefined;
      });
      expect(states).toHaveLength(4);
      const { ingest } = await demo.health();
      expect(ingest.deadLetters).toBe(0);
    },
  );

  test("SIGTERM stops every process within three seconds", async () => {
    const pids = ["site", "edge", "demo"].map((name) => pidOf(demo, name));
    const began = performance.now();
    expect(await gateway.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(3_500);
    for (const pid of pids) expect(() => process.kill(pid ?? 0, 0)).toThrow("ESRCH");
  });
});

/** When the newest value of a machine's power that the site knows was read, in ms. */
async function producedAt(demo: DemoPlant): Promise<number | undefined> {
  const times = (await demo.overview()).machines.flatMap(({ powerAt }) =>
    powerAt === null ? [] : [Date.parse(powerAt)],
  );
  return times.length === 0 ? undefined : Math.min(...times);
}

const pidOf = ({ config }: DemoPlant, name: string): number | undefined =>
  processesNaming(config).find(({ words }) => words.includes(name))?.pid;
