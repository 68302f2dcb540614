import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  AttributeIds,
  ClientMonitoredItem,
  ClientSubscription,
  makeBrowsePath,
  MessageSecurityMode,
  OPCUAClient,
  OPCUACertificateManager,
  SecurityPolicy,
  TimestampsToReturn,
  type ClientSession,
  type DataValue,
} from "node-opcua";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PlantConfig } from "../../../gateway/config/schema.ts";
import { protocols } from "../../../adapters/index.ts";
import { METERS, mill, packer, press } from "../../../gateway/demo/devices.ts";
import type { Factory } from "../../../gateway/demo/factory.ts";
import { runDemo } from "../../../gateway/demo/main.ts";
import { pointsOf } from "../../../gateway/demo/points.ts";
import { openFactory } from "../../../gateway/demo/state.ts";
import { createLog } from "../../../gateway/log.ts";
import { scaledClock, wallClock, type Clock } from "../../../gateway/model/time.ts";
import type { AdapterContext, Reading } from "../../../gateway/model/protocol.ts";
import { micros, tagId } from "../../../gateway/model/units.ts";
import { describeWith } from "../../servers/available.ts";
import { demoPlant, onFreePorts } from "./plant.ts";

const PI = "http://opcfoundation.org/UA/";
/** Tuesday, when all machines work. The clock runs fast, so that a test sees parts being made. */
const TUESDAY = micros(Date.parse("2026-11-24T13:35:00Z") * 1000);
const SPEED = 120;
const SLOWEST_ANSWER = 20 * SPEED * 1_000_000;
const folder = mkdtempSync(join(tmpdir(), "fieldlab-demo-"));
const end = new AbortController();
let plant: PlantConfig;
let clock: Clock;
let factory: Factory;
let running: Promise<void>;

beforeAll(async () => {
  plant = await onFreePorts(demoPlant());
  const started = wallClock.now();
  const fast = scaledClock(micros(0), SPEED);
  clock = { speed: SPEED, now: () => micros(TUESDAY + fast.now() - started * SPEED) };
  await new Promise<void>((resolve, reject) => {
    running = runDemo({
      plant,
      folder,
      clock,
      seed: 2,
      log: createLog("demo", "silent"),
      signal: end.signal,
      onReady: resolve,
    });
    running.catch(reject);
  });
  factory = openFactory({ plant, folder, now: clock.now() });
});

afterAll(async () => {
  end.abort();
  await running;
  rmSync(folder, { recursive: true, force: true });
});

describe("the demo's OPC UA servers", () => {
  test("show the mill at the published paths of OPC 40501-1 and OPC 40001-1", async () => {
    await using machine = await connect("mill");
    const { read, path } = machine;
    const mt = `${PI}MachineTool/`;
    const my = `${PI}Machinery/`;
    const at = (...names: readonly (readonly [string, string])[]) =>
      path([my, "Machines"], ["urn:fieldlab:demo:mill", "Mill"], ...names);
    const state = await read(await at([mt, "Production"], [mt, "ActiveProgram"], [mt, "State"], ["", "CurrentState"]));
    expect(["Running", "Ended", "Interrupted", "Aborted", "Initializing"]).toContain(state.value.value.text);
    const item = await read(
      await at([mt, "Monitoring"], [mt, "MachineTool"], [my, "MachineryItemState"], ["", "CurrentState"]),
    );
    expect(["Executing", "NotExecuting", "OutOfService"]).toContain(item.value.value.text);
    const mode = await read(
      await at([mt, "Monitoring"], [mt, "MachineTool"], [my, "MachineryOperationMode"], ["", "CurrentState"]),
    );
    expect(["Processing", "Setup", "Maintenance", "None"]).toContain(mode.value.value.text);
    const completed = await read(
      await at(
        [mt, "Production"],
        [mt, "ProductionPlan"],
        ["urn:fieldlab:demo:mill", "ActiveJob"],
        [mt, "PartsCompleted"],
      ),
    );
    // The source timestamp is the part's own, so the factory says the same of that moment.
    const moment = factory.machine("mill").at(microsOf(completed));
    expect(completed.value.value).toBe(mill.partsCompleted(moment));
  });

  test("show the packer at the published paths of OPC 30050, also over an encrypted connection", async () => {
    await using machine = await connect("packer", MessageSecurityMode.SignAndEncrypt);
    const { read, path } = machine;
    const pk = `${PI}PackML/`;
    const at = (...names: readonly string[]) =>
      path(["urn:fieldlab:demo:packer", "Packer"], ...names.map((name) => [pk, name] as const));
    const processed = await read(await at("Admin", "ProdProcessedCount"));
    expect(processed.value.value[0].accCount).toBe(packer.processed(factory.machine("packer").at(microsOf(processed))));
    const speed = await read(await at("Status", "CurMachSpeed"));
    expect(speed.value.value).toBe(packer.speed(factory.machine("packer").at(microsOf(speed))));
    expect((await read(await at("Admin", "StopReason"))).value.value.ID).toBeGreaterThanOrEqual(0);
    expect([1, 2, 3]).toContain((await read(await at("Status", "UnitModeCurrent"))).value.value);
  });

  test("answer every node id of the shipped configuration", async () => {
    for (const name of ["mill", "packer"] as const) {
      await using machine = await connect(name);
      const connection = plant.connections[name];
      if (connection?.protocol !== "opcua") throw new Error(name);
      for (const { node } of Object.values(connection.tags)) {
        const [, uri = "", id = ""] = /^nsu=([^;]+);(.*)$/.exec(node) ?? [];
        const value = await machine.read(`ns=${machine.index(uri)};${id}`);
        expect({ node, status: value.statusCode.name }).toEqual({ node, status: "Good" });
      }
    }
  });

  test("report each part, also when many are made within one publishing interval", async () => {
    await using machine = await connect("packer");
    const subscription = ClientSubscription.create(machine.session, {
      requestedPublishingInterval: 250,
      publishingEnabled: true,
    });
    const item = ClientMonitoredItem.create(
      subscription,
      {
        nodeId: `ns=${machine.index("urn:fieldlab:demo:packer")};s=Packer-Admin-ProdProcessedCount`,
        attributeId: AttributeIds.Value,
      },
      { samplingInterval: 0, queueSize: 200, discardOldest: true },
      TimestampsToReturn.Both,
    );
    const seen: DataValue[] = [];
    item.on("changed", (value: DataValue) => seen.push(value));
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBeGreaterThan(20);
    await subscription.terminate();
    const counts = seen.map(({ value }) => Number(value.value[0].accCount));
    for (const [i, count] of counts.entries()) if (i > 0) expect(count - (counts[i - 1] ?? 0)).toBe(1);
  });
});

describeWith(["pymodbus"], "the demo's Modbus devices, read with pymodbus", () => {
  test("give what the factory does, at the registers that the manuals name", async () => {
    const before = clock.now();
    const [pressPort, meterPort] = ["press", "meters"].map((name) => {
      const connection = plant.connections[name];
      return connection?.protocol === "modbus" && connection.transport === "tcp" ? String(connection.port) : "";
    });
    const script = join("test", "gateway", "demo", "meters.py");
    const { stdout } = await promisify(execFile)("/usr/bin/python3", [script, pressPort ?? "", meterPort ?? ""]);
    const after = clock.now();
    const said = JSON.parse(stdout) as Record<string, number> & { press: number[] };
    const [early, late] = [factory.machine("press").at(before), factory.machine("press").at(after)];
    expect(said.press[3]).toBeGreaterThanOrEqual(press.total(early));
    expect(said.press[3]).toBeLessThanOrEqual(press.total(late));
    expect(said["force"]).toBeGreaterThanOrEqual(0);
    for (const meter of METERS) {
      const per = meter.model === "iEM3155" ? 1 : 1000;
      const shown = (said[`${meter.of}Energy`] ?? NaN) * per - meter.wattHoursAtEpoch;
      expect(shown).toBeGreaterThanOrEqual(factory.energy(meter.of, before) / 1000 - 20);
      expect(shown).toBeLessThanOrEqual(factory.energy(meter.of, after) / 1000 + 20);
      expect((said[`${meter.of}Power`] ?? NaN) * (1000 / per)).toBeGreaterThan(0);
    }
    expect([said["outside"], said["noSuchUnit"], said["wrongTable"], said["write"]]).toEqual([2, 0x0b, 2, 1]);
  });
});

describe("what the gateway's own adapters read live", () => {
  test.each(["mill", "packer", "press"] as const)("from the %s is what its history says", async (name) => {
    const readings: Reading[] = [];
    const stop = new AbortController();
    const context: AdapterContext = {
      now: () => clock.now(),
      speed: SPEED,
      folder: join(folder, "adapter", name),
      emit: (list) => void readings.push(...list),
      trouble: () => undefined,
      well: () => undefined,
      note: () => undefined,
      gap: () => undefined,
    };
    const connection = plant.connections[name];
    if (connection === undefined) throw new Error(name);
    const run =
      connection.protocol === "opcua"
        ? protocols.opcua.run(connection, context, stop.signal)
        : protocols.modbus.run(connection, context, stop.signal);
    const tags = Object.keys(connection.tags);
    await expect
      .poll(() => tags.filter((tag) => !readings.some((reading) => reading.tag === tag)), { timeout: 20_000 })
      .toEqual([]);
    stop.abort();
    await run;
    const points = pointsOf(factory);
    for (const { tag, time, value } of readings) {
      const point = points.get(tagId(name, tag));
      if (point?.kind !== "event") throw new Error(`${tag} is no point of the ${name}`);
      const machine = factory.machine(name);
      // A change carries its own time; what was read instead is as old as the answer, which on a busy computer at this
      // speed may be many simulated minutes.
      const reported = [...machine.moments({ from: time, to: micros(time + 1) })].length > 0;
      const from = reported ? time : micros(time - SLOWEST_ANSWER);
      const moments = [machine.at(from), ...machine.moments({ from, to: micros(time + 1) })];
      const possible = moments.map((moment) => point.value(moment));
      expect({ tag, possible }).toEqual({ tag, possible: expect.arrayContaining([value]) });
    }
  });
});

test("a second demo on the same ports says which connection it is and what to do", async () => {
  const elsewhere = join(folder, "second");
  const second = runDemo({ plant, folder: elsewhere, clock, log: createLog("demo", "silent"), signal: end.signal });
  await expect(second).rejects.toThrow(/connections\.mill: the demo device cannot listen at opc\.tcp.*change it/);
}, 60_000);

test("the truth is written while the factory runs", async () => {
  const lines = () =>
    readFileSync(join(folder, "truth", "packer.jsonl"), "utf8")
      .trim()
      .split("\n");
  const first = lines().length;
  await expect.poll(() => lines().length, { timeout: 25_000 }).toBeGreaterThan(first);
  expect(Object.keys(JSON.parse(lines().at(-1) ?? "") as object)).toEqual([
    "machine",
    "from",
    "to",
    "state",
    "planned",
    "shift",
    "reason",
    "order",
    "product",
    "total",
    "good",
    "scrap",
    "energyMwh",
  ]);
});

const microsOf = ({ sourceTimestamp }: DataValue) => micros((sourceTimestamp?.getTime() ?? NaN) * 1000);

async function connect(name: "mill" | "packer", securityMode = MessageSecurityMode.None) {
  const connection = plant.connections[name];
  if (connection?.protocol !== "opcua") throw new Error(`${name} is no OPC UA connection`);
  const client = OPCUAClient.create({
    endpointMustExist: false,
    securityMode,
    securityPolicy: securityMode === MessageSecurityMode.None ? SecurityPolicy.None : SecurityPolicy.Basic256Sha256,
    clientCertificateManager: new OPCUACertificateManager({
      rootFolder: join(folder, "client-pki"),
      automaticallyAcceptUnknownCertificate: true,
      disableFileWatchers: true,
    }),
  });
  await client.connect(connection.endpoint);
  const session: ClientSession = await client.createSession();
  const namespaces = await session.readNamespaceArray();
  const index = (uri: string): number => (uri === "" ? 0 : namespaces.indexOf(uri));
  return {
    session,
    index,
    read: (nodeId: string) => session.read({ nodeId, attributeId: AttributeIds.Value }),
    /** The node at a path of browse names below Objects, each with its namespace. */
    path: async (...names: readonly (readonly [uri: string, name: string])[]): Promise<string> => {
      const text = names.map(([uri, name]) => `/${index(uri)}:${name}`).join("");
      const result = await session.translateBrowsePath(makeBrowsePath("ObjectsFolder", text));
      const target = result.targets?.[0];
      if (target === undefined) throw new Error(`no node at ${text}: ${result.statusCode.toString()}`);
      return target.targetId.toString();
    },
    async [Symbol.asyncDispose]() {
      await session.close();
      await client.disconnect();
    },
  };
}
