/** `fieldlab start` with a small plant on a Modbus server that we did not write: the whole path, as one command. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { describeWith, pathOf } from "../../servers/available.ts";
import { freePort } from "../../servers/ports.ts";
import { onePress } from "../../system/plant.ts";
import { eventually, fieldlab, startFieldlab, startProcess, type Running } from "../../system/processes.ts";

// Each step starts processes: a busy machine needs its time for that.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describeWith(["pymodbus"], "fieldlab start", () => {
  let folder = "";
  let config = "";
  let data = "";
  let http = 0;
  let device: Running;
  let gateway: Running;
  const address = () => `http://127.0.0.1:${http}`;
  const plant = () => ["--config", config, "--data", data];

  beforeAll(async () => {
    expect(existsSync(pathOf("pymodbus"))).toBe(true);
    folder = mkdtempSync(join(tmpdir(), "fieldlab-start-"));
    config = join(folder, "plant.yaml");
    data = join(folder, "data");
    http = await freePort();
    const modbus = await freePort();
    writeFileSync(config, stringify(plantOn(modbus, await freePort(), http)));
    device = startProcess("/usr/bin/python3", ["test/servers/counters.py", String(modbus), "4"]);
    gateway = startFieldlab(["start", ...plant()]);
    await eventually("the address is printed", () => (gateway.output().includes("#token=") ? true : undefined), 60_000);
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await device[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test("prints one line with the address and the token, and the pages can be opened there", async () => {
    const [, token = ""] =
      /^fieldlab-gateway is at http:\/\/127\.0\.0\.1:\d+\/#token=(\S+)$/m.exec(gateway.output()) ?? [];
    expect(gateway.output()).toContain(`fieldlab-gateway is at ${address()}/#token=`);
    expect((await fetch(`${address()}/readyz`)).status).toBe(200);
    expect((await fetch(`${address()}/api/v1/plant`)).status).toBe(401);
    const reply = await fetch(`${address()}/api/v1/plant`, { headers: { authorization: `Bearer ${token}` } });
    expect(await reply.json()).toMatchObject({ site: "Start", demo: false });
  });

  test("samples of the device arrive: export, kpi and status show them", async () => {
    const lines = await eventually("two samples", async () => {
      const { out } = await fieldlab("export", ...plant(), "--tag", "load/r0");
      return out.split("\r\n").length > 3 ? out.split("\r\n") : undefined;
    });
    expect(lines[0]).toBe("time,tag,value,quality");
    expect(lines[1]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z,load\/r0,\d+,good$/);
    const [kpi, json, status] = await Promise.all([
      fieldlab("kpi", ...plant(), "--machine", "press"),
      fieldlab("kpi", ...plant(), "--line", "line", "--json"),
      fieldlab("status", ...plant()),
    ]);
    expect(kpi.out).toMatch(/ {2}unknown +\d+:\d\d:\d\d\n/);
    expect(JSON.parse(json.out)).toMatchObject([{ machine: "press" }]);
    expect(status.out).toMatch(/^Status: \w+\nEdge edge1: online/);
    expect(status.out).toMatch(/\nPages: http:\/\/127\.0\.0\.1:\d+\/#token=\S{20,} /);
    expect((await fieldlab("kpi", ...plant(), "--machine", "pres")).err).toContain('did you mean "press"?');
  });

  test("what is imported can be exported again as it was, and importing it twice changes nothing", async () => {
    const csv = join(folder, "history.csv");
    const text = [
      "time,tag,value,quality",
      "2026-01-05T06:00:00Z,load/r0,1,good",
      "2026-01-05T06:00:00.000250Z,load/r0,-2.5,uncertain",
      '2026-01-05T06:00:01Z,load/r0,"a ""quoted"", word",good',
      "2026-01-05T06:00:02.125Z,load/r1,,bad",
      "2026-01-05T06:00:03Z,load/r1,true,good",
      "",
    ].join("\r\n");
    writeFileSync(csv, text);
    for (let round = 0; round < 2; round++) {
      const { code, out, err } = await fieldlab("import", csv, ...plant());
      expect({ code, out, err: code === 0 ? "" : err }).toEqual({
        code: 0,
        out: "5 samples imported and stored.\n",
        err: "",
      });
    }
    const range = ["--from", "2026-01-05T07:00", "--to", "2026-01-06"];
    const { out } = await fieldlab("export", ...plant(), ...range, "--tag", "load/r0", "--tag", "load/r1");
    expect(out).toBe(text);
  });

  test("a second start on the same data, or on a port that is taken, is refused with what to do", async () => {
    const same = await fieldlab("start", ...plant());
    expect(same).toMatchObject({ code: 1, out: "" });
    expect(same.err).toMatch(/^A gateway already runs on .+ \(process \d+ at http:.+\)\. Stop it first: kill \d+/);
    const port = await fieldlab("start", "--config", config, "--data", join(folder, "other"));
    expect(port.code).toBe(1);
    expect(port.err).toMatch(
      new RegExp(`^Port ${http} on 127.0.0.1 \\(network.http.port\\) is in use by .+process \\d+.+ or --port\\.$`, "m"),
    );
  });

  test("a process that is killed is started again, and said so", async () => {
    const before = pidOf(data, "edge");
    process.kill(before, "SIGKILL");
    await eventually("another edge runs", () => (pidOf(data, "edge") === before ? undefined : true));
    expect(gateway.output()).toContain("edge: ended (SIGKILL); starts again in 250 ms (restart 1)");
  });

  test("SIGTERM stops everything within three seconds", async () => {
    const pids = ["edge", "site"].map((name) => pidOf(data, name));
    const began = performance.now();
    expect(await gateway.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(3_500);
    for (const pid of pids) expect(existsSync(`/proc/${pid}`)).toBe(false);
    await expect(fetch(`${address()}/healthz`)).rejects.toThrow("fetch failed");
    expect(existsSync(join(data, "running.json"))).toBe(false);
  });

  test("when start itself is killed, its processes do not live on, and the next start is not refused", async () => {
    const again = startFieldlab(["start", ...plant()]);
    await eventually("the address is printed", () => (again.output().includes("#token=") ? true : undefined), 60_000);
    const pids = ["edge", "site"].map((name) => pidOf(data, name));
    await again.kill();
    await eventually("all are gone", () => (pids.some((pid) => existsSync(`/proc/${pid}`)) ? undefined : true));
    const third = startFieldlab(["start", ...plant()]);
    await eventually("it starts", () => (third.output().includes("#token=") ? true : undefined), 60_000);
    expect(await third.stop()).toBe(0);
  });
});

const plantOn = (modbus: number, mqtt: number, http: number): object => ({
  version: 1,
  site: { name: "Start" },
  network: { http: { port: http }, mqtt: { port: mqtt } },
  connections: {
    load: {
      protocol: "modbus",
      transport: "tcp",
      host: "127.0.0.1",
      port: modbus,
      tags: Object.fromEntries(["r0", "r1"].map((name, i) => [name, { register: `input ${i}`, interval: "200 ms" }])),
    },
  },
  ...onePress("load/r0"),
});

/** The process that wrote the last line of a log. */
function pidOf(data: string, name: string): number {
  const last = readFileSync(join(data, "logs", `${name}.log`), "utf8")
    .trimEnd()
    .split("\n")
    .findLast((line) => line.startsWith("{"));
  return Number((JSON.parse(last ?? "{}") as { pid?: unknown }).pid);
}
