import { setTimeout as sleep } from "node:timers/promises";
import { DataType, LocalizedText, StatusCodes, Variant, VariantArrayType } from "node-opcua";
import { describe, expect, test, vi } from "vitest";
import { protocols } from "../../../adapters/index.ts";
import { freePort } from "../../servers/ports.ts";
import { TestServer } from "../../servers/opcua.ts";
import { Recorder } from "../context.ts";
import { connection, tag } from "./connection.ts";

/** A server in this process needs seconds of CPU where tests of other parts run beside it. */
vi.setConfig({ testTimeout: 90_000 });

describe("an OPC UA server", () => {
  test("every change is read, in order, with the server's time", async () => {
    const port = await freePort();
    await using server = await TestServer.start({ port, names: ["Speed"] });
    await using recorder = new Recorder();
    recorder.run(protocols.opcua, connection(port, { speed: tag("Speed", { sampling: "0 ms" }) }));
    await recorder.until("first value", () => recorder.readings.length > 0);
    const times: number[] = [];
    for (let i = 1; i <= 12; i++) {
      const time = new Date();
      times.push(time.getTime() * 1_000);
      server.set("Speed", i, { time });
      await sleep(30);
    }
    await recorder.until("last value", () => recorder.last("speed")?.value === 12);
    const changes = recorder.of("speed").filter((reading) => reading.value !== 0);
    expect(changes.map((reading) => reading.value)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(changes.map((reading) => Math.floor(reading.time / 1_000) * 1_000)).toEqual(times);
    expect(recorder.troubles).toEqual([]);
    expect(recorder.wells).toContain(undefined);
    expect(recorder.notes).toContain("security: None");
  });

  test("a value that has held for an hour is confirmed now, without a word about clocks", async () => {
    const port = await freePort();
    await using server = await TestServer.start({ port, names: ["Old"] });
    server.set("Old", 5, { time: new Date(Date.now() - 3_600_000) });
    await using recorder = new Recorder();
    const before = Date.now() * 1_000;
    recorder.run(protocols.opcua, connection(port, { old: tag("Old") }));
    await recorder.until("first value", () => recorder.readings.length > 0);
    expect(recorder.of("old")).toHaveLength(1);
    expect(recorder.last("old")?.time).toBeGreaterThanOrEqual(before);
    expect(recorder.troubles).toEqual([]);
  });

  test("a tag that nobody hears of is read again and confirmed at the moment of reading", async () => {
    const port = await freePort();
    await using _server = await TestServer.start({ port, names: ["Still"] });
    await using recorder = new Recorder();
    recorder.run(protocols.opcua, connection(port, { still: tag("Still", { maxAge: "400 ms" }) }));
    await recorder.until("five confirmations", () => recorder.of("still").length >= 6);
    const source = new Set(recorder.of("still").map((reading) => reading.time));
    expect(source.size).toBe(recorder.of("still").length);
    expect(new Set(recorder.values("still"))).toEqual(new Set([0]));
    expect(recorder.troubles).toEqual([]);
  });

  test("status, type and shape of a value decide what becomes of it", async () => {
    const port = await freePort();
    const names = ["Uncertain", "Bad", "Null", "Int64", "Text", "Date", "Array", "Whole"];
    await using server = await TestServer.start({ port, names });
    const int64 = (value: bigint) => [Number(value >> 32n), Number(value & 0xffff_ffffn)];
    server.set("Uncertain", 7, { status: StatusCodes.UncertainLastUsableValue });
    server.set("Bad", 7, { status: StatusCodes.BadNoCommunication });
    server.set("Null", null);
    server.set("Int64", int64(2n ** 53n + 1n), { type: DataType.UInt64 });
    server.set("Text", new LocalizedText({ text: "läuft", locale: "de" }), { type: DataType.LocalizedText });
    server.set("Date", new Date("2026-11-24T12:00:00.000Z"), { type: DataType.DateTime });
    const array = new Variant({ dataType: DataType.Int32, arrayType: VariantArrayType.Array, value: [3, 1, 4] });
    server.set("Array", undefined, { variant: array });
    server.set("Whole", undefined, { variant: array });
    await using recorder = new Recorder();
    const tags = {
      ...Object.fromEntries(names.map((name) => [name, tag(name)])),
      Array: tag("Array", { member: "[2]" }),
      Beyond: tag("Array", { member: "[3]" }),
    };
    recorder.run(protocols.opcua, connection(port, tags));
    await recorder.until("every tag", () => Object.keys(tags).every((name) => recorder.of(name).length > 0));
    const seen = (name: string) => [recorder.last(name)?.value, recorder.last(name)?.quality];
    expect(seen("Uncertain")).toEqual([7, "uncertain"]);
    expect(seen("Bad")).toEqual([null, "bad"]);
    expect(recorder.troubleOf("Bad")).toMatchObject({ advice: expect.stringMatching(/no connection to the machine/) });
    expect(seen("Null")).toEqual([null, "bad"]);
    expect(seen("Int64")).toEqual(["9007199254740993", "good"]);
    expect(seen("Text")).toEqual(["läuft", "good"]);
    expect(seen("Date")).toEqual(["2026-11-24T12:00:00.000Z", "good"]);
    expect(seen("Array")).toEqual([4, "good"]);
    expect(recorder.troubleOf("Beyond")?.reason).toBe("there is no [3] in the value");
    expect(recorder.troubleOf("Whole")?.reason).toMatch(/array/);
    server.set("Bad", 8);
    await recorder.until("the tag is well", () => recorder.wells.includes("Bad"));
    expect(seen("Bad")).toEqual([8, "good"]);
  });

  test("a node or namespace that does not exist is a trouble of its own tag; the others go on", async () => {
    const port = await freePort();
    await using _server = await TestServer.start({ port, names: ["There"] });
    await using recorder = new Recorder();
    const tags = {
      missing: tag("NotThere"),
      foreign: { node: "nsu=http://elsewhere.example/;s=X" },
      there: tag("There", { maxAge: "400 ms" }),
    };
    recorder.run(protocols.opcua, connection(port, tags));
    await recorder.until("readings over a while", () => recorder.of("there").length >= 8);
    expect(recorder.troubleOf("missing")).toMatchObject({ reason: "the server answers BadNodeIdUnknown" });
    expect(recorder.troubleOf("foreign")?.reason).toBe('the server has no namespace "http://elsewhere.example/"');
    expect(recorder.troubles).toHaveLength(2);
    expect(recorder.gaps).toEqual([]);
  });

  test("a clock that is hours off is told, and the moment of reading is used", async () => {
    const port = await freePort();
    await using server = await TestServer.start({ port, names: ["Off"] });
    await using recorder = new Recorder();
    recorder.run(protocols.opcua, connection(port, { off: tag("Off") }));
    await recorder.until("first value", () => recorder.readings.length > 0);
    const before = Date.now() * 1_000;
    server.set("Off", 1, { time: new Date(Date.now() - 2 * 3_600_000) });
    await recorder.until("the change", () => recorder.last("off")?.value === 1);
    expect(recorder.last("off")?.time).toBeGreaterThanOrEqual(before);
    expect(recorder.troubleOf("off")?.reason).toMatch(/2\.0 h behind our clock/);
    server.set("Off", 2);
    await recorder.until("the clock is right again", () => recorder.wells.includes("off"));
  });

  test("an overflow of the server's queue is a gap", async () => {
    const port = await freePort();
    await using server = await TestServer.start({ port, names: ["Fast"] });
    await using recorder = new Recorder();
    const tags = { fast: tag("Fast", { queueSize: 2 }) };
    recorder.run(protocols.opcua, connection(port, tags, { publishingInterval: "1 s" }));
    await recorder.until("first value", () => recorder.readings.length > 0);
    for (let i = 1; i <= 8; i++) {
      server.set("Fast", i);
      await sleep(60);
    }
    await recorder.until("the gap", () => recorder.gaps.length > 0);
    expect(recorder.gaps[0]).toMatchObject({ tag: "fast", why: { code: "opcua.overflow" } });
  });

  test("a server with small limits is asked in small pieces", async () => {
    const port = await freePort();
    const names = Array.from({ length: 23 }, (_, i) => `V${i}`);
    await using _server = await TestServer.start({
      port,
      names,
      limits: { maxNodesPerRead: 10, maxMonitoredItemsPerCall: 5 },
    });
    await using recorder = new Recorder();
    recorder.run(
      protocols.opcua,
      connection(port, Object.fromEntries(names.map((name) => [name, tag(name, { maxAge: "1 s" })]))),
    );
    await recorder.until("every tag confirmed", () => names.every((name) => recorder.of(name).length >= 3));
    expect(recorder.troubles).toEqual([]);
  });
});
