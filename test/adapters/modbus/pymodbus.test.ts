import { expect, test } from "vitest";
import { protocols } from "../../../adapters/index.ts";
import { describeWith } from "../../servers/available.ts";
import { freePort } from "../../servers/ports.ts";
import { startPymodbus, startSerialPymodbus } from "../../servers/pymodbus.ts";
import { Recorder } from "../context.ts";

const fast = { interval: "50 ms" };
const everyType = {
  u16: { register: "holding 0", ...fast },
  i16: { register: "holding 1", type: "int16", ...fast },
  u32: { register: "holding 2", type: "uint32", ...fast },
  i32: { register: "holding 4", type: "int32", ...fast },
  f32: { register: "holding 6", type: "float32", ...fast },
  f64: { register: "holding 8", type: "float64", ...fast },
  i64: { register: "holding 12", type: "int64", ...fast },
  u64: { register: "holding 16", type: "uint64", ...fast },
  swapped: { register: "holding 20", type: "float32", order: "CDAB", ...fast },
  bit: { register: "holding 22", bit: 5, ...fast },
  none: { register: "holding 23", notAvailable: [65535], ...fast },
  nan: { register: "holding 24", type: "float32", ...fast },
  manual: { register: "300006", ...fast },
  coil: { register: "coil 1", ...fast },
  discrete: { register: "discrete 1", ...fast },
};
const expected = {
  u16: 1234,
  i16: -5,
  u32: 305_419_896,
  i32: -70_000,
  f32: 1.5,
  f64: 12.3456789,
  i64: "9007199254740993",
  u64: 42,
  swapped: 1.5,
  bit: true,
  none: null,
  nan: null,
  manual: 1005,
  coil: true,
  discrete: false,
};

const lastOf = (recorder: Recorder) =>
  Object.fromEntries(Object.keys(expected).map((tag) => [tag, recorder.last(tag)?.value]));
const complete = (recorder: Recorder) => () => Object.keys(expected).every((tag) => recorder.of(tag).length >= 2);

describeWith(["pymodbus"], "pymodbus over TCP", () => {
  test("every type, order and table is read as the server holds it", async () => {
    const port = await freePort();
    await using _server = await startPymodbus("tcp", port);
    await using recorder = new Recorder();
    recorder.run(protocols.modbus, { protocol: "modbus", transport: "tcp", host: "127.0.0.1", port, tags: everyType });
    await recorder.until("every tag twice", complete(recorder));
    expect(lastOf(recorder)).toEqual(expected);
    expect(recorder.last("none")?.quality).toBe("bad");
    expect(recorder.troubles).toEqual([]);
  });

  test("registers that are not there are found by splitting, and are the trouble of their own tags alone", async () => {
    const port = await freePort();
    await using _server = await startPymodbus("tcp", port);
    await using recorder = new Recorder();
    const tags = {
      first: { register: "holding 98", ...fast },
      second: { register: "holding 99", ...fast },
      missing: { register: "holding 103", ...fast },
      after: { register: "holding 111", ...fast },
      far: { register: "holding 112", ...fast },
    };
    recorder.run(protocols.modbus, {
      protocol: "modbus",
      transport: "tcp",
      host: "127.0.0.1",
      port,
      mergeGap: 20,
      tags,
    });
    await recorder.until("the good tags", () =>
      ["first", "second", "after", "far"].every((tag) => recorder.of(tag).length >= 3),
    );
    await recorder.until("the missing one", () => recorder.troubleOf("missing") !== undefined);
    expect(recorder.troubleOf("missing")?.reason).toMatch(/no such register/);
    expect(recorder.troubles.filter((trouble) => trouble.tag !== "missing")).toEqual([]);
    expect(recorder.last("missing")).toMatchObject({ value: null, quality: "bad" });
    expect(new Set(recorder.notes).size).toBe(recorder.notes.length);
    expect(recorder.notes[0]).toMatch(/holding 98–112 in one request/);
  });

  test("a unit that is not there slows only itself", async () => {
    const port = await freePort();
    await using _server = await startPymodbus("tcp", port);
    await using recorder = new Recorder();
    const tags = {
      dead: { unitId: 3, register: "holding 0", ...fast },
      alive: { unitId: 7, register: "holding 0", ...fast },
    };
    recorder.run(protocols.modbus, {
      protocol: "modbus",
      transport: "tcp",
      host: "127.0.0.1",
      port,
      timeout: "100 ms",
      tags,
    });
    await recorder.until("forty readings of the neighbour", () => recorder.of("alive").length >= 40, 6_000);
    expect(recorder.of("dead")).toEqual([]);
    expect(recorder.troubleOf("dead")?.reason).toMatch(/unit 3: no answer within 100 ms/);
    expect(recorder.troubleOf()).toBeUndefined();
  });
});

describeWith(["pymodbus"], "pymodbus with RTU frames over TCP", () => {
  test("every type, order and table is read as the server holds it", async () => {
    const port = await freePort();
    await using _server = await startPymodbus("rtuOverTcp", port);
    await using recorder = new Recorder();
    recorder.run(protocols.modbus, {
      protocol: "modbus",
      transport: "rtuOverTcp",
      host: "127.0.0.1",
      port,
      tags: everyType,
    });
    await recorder.until("every tag twice", complete(recorder));
    expect(lastOf(recorder)).toEqual(expected);
  });
});

describeWith(["pymodbus", "socat"], "pymodbus on a serial line made by socat", () => {
  test("every type is read, and a dead unit on the bus does not stop its neighbour", async () => {
    await using server = await startSerialPymodbus();
    await using recorder = new Recorder();
    const tags = { ...everyType, dead: { unitId: 3, register: "holding 0", ...fast } };
    recorder.run(protocols.modbus, {
      protocol: "modbus",
      transport: "rtu",
      path: server.where,
      baudRate: 19_200,
      timeout: "300 ms",
      tags,
    });
    await recorder.until("every tag twice", complete(recorder), 15_000);
    expect(lastOf(recorder)).toEqual(expected);
    await recorder.until("the dead unit is known", () => recorder.troubleOf("dead") !== undefined);
    const before = recorder.of("u16").length;
    await recorder.until("the neighbour goes on", () => recorder.of("u16").length >= before + 10);
  });
});
