import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { protocols } from "../../../adapters/index.ts";
import { freePort } from "../../servers/ports.ts";
import { TestServer, URI } from "../../servers/opcua.ts";
import { Recorder } from "../context.ts";

const connection = (port: number, tags: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  protocol: "opcua",
  endpoint: `opc.tcp://127.0.0.1:${port}`,
  security: { mode: "none" },
  publishingInterval: "50 ms",
  timeout: "2 s",
  tags,
  ...more,
});
const tag = (name: string, more: Record<string, unknown> = {}) => ({
  node: `nsu=${URI};s=${name}`,
  sampling: "20 ms",
  ...more,
});

describe("an OPC UA server", () => {
  test("every change is read, in order, with the server's time", async () => {
    const port = await freePort();
    await using server = await TestServer.start({ port, names: ["Speed"] });
    await using recorder = new Recorder();
    recorder.run(protocols.opcua, connection(port, { speed: tag("Speed") }));
    await recorder.until("first value", () => recorder.readings.length > 0);
    for (let i = 1; i <= 12; i++) {
      server.set("Speed", i);
      await sleep(110);
    }
    await recorder.until("last value", () => recorder.last("speed")?.value === 12);
    expect(recorder.values("speed").filter((value) => value !== 0)).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    expect(recorder.troubles).toEqual([]);
    expect(recorder.wells).toContain(undefined);
  });
});
