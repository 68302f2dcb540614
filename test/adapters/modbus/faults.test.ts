import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { protocols } from "../../../adapters/index.ts";
import { frameRtu } from "../../../adapters/modbus/rtuframe.ts";
import { encodeTcp } from "../../../adapters/modbus/tcpframe.ts";
import { freePort } from "../../servers/ports.ts";
import { WireServer, type WireRequest } from "../../servers/wire.ts";
import { Recorder } from "../context.ts";

const connection = (transport: "tcp" | "rtuOverTcp", port: number, tags: Record<string, unknown>) => ({
  protocol: "modbus",
  transport,
  host: "127.0.0.1",
  port,
  timeout: "100 ms",
  tags,
});
const fast = { interval: "30 ms" };
const one = { value: { register: "holding 10", ...fast } };

/** The registers as a good device would answer them, counting up from `first`. */
const registers = (count: number, first: number): Buffer => {
  const pdu = Buffer.alloc(2 + count * 2);
  pdu.writeUInt8(3, 0);
  pdu.writeUInt8(count * 2, 1);
  for (let i = 0; i < count; i++) pdu.writeUInt16BE((first + i) & 0xffff, 2 + i * 2);
  return pdu;
};
const tcp = ({ bytes }: WireRequest) => ({
  transaction: bytes.readUInt16BE(0),
  unitId: bytes.readUInt8(6),
  count: bytes.readUInt16BE(10),
});
const rtu = ({ bytes }: WireRequest) => ({ unitId: bytes.readUInt8(0), count: bytes.readUInt16BE(4) });
const answerTcp = (request: WireRequest, first: number, change: Partial<ReturnType<typeof tcp>> = {}) => {
  const { transaction, unitId, count } = { ...tcp(request), ...change };
  request.socket.write(encodeTcp({ transaction, unitId, pdu: registers(count, first) }));
};

describe.concurrent("a Modbus TCP device that misbehaves", () => {
  test("a late answer is never taken for the answer to a later request", async () => {
    await using server = await WireServer.start(await freePort(), (request) => {
      // Every fourth answer comes after the time-out; each carries the number of its request.
      setTimeout(() => answerTcp(request, request.index), request.index % 4 === 1 ? 150 : 0);
    });
    await using recorder = new Recorder();
    recorder.run(protocols.modbus, connection("tcp", server.port, one));
    await recorder.until("a time-out and readings after it", () => recorder.of("value").length >= 6);
    for (const reading of recorder.of("value")) expect(Number(reading.value) % 4).not.toBe(1);
    expect(recorder.troubleOf("value")?.reason).toMatch(/no answer within 100 ms/);
    await recorder.until("the tag is well again", () => recorder.wells.includes("value"));
  });

  test("a wrong transaction id and another unit's answer are no values", async () => {
    await using server = await WireServer.start(await freePort(), (request) => {
      const { transaction } = tcp(request);
      if (request.index === 1) answerTcp(request, 666, { transaction: transaction + 5 });
      else if (request.index === 2) answerTcp(request, 667, { unitId: 9 });
      else answerTcp(request, 1);
    });
    await using recorder = new Recorder();
    recorder.run(protocols.modbus, connection("tcp", server.port, one));
    await recorder.until("values after the wrong ones", () => recorder.of("value").length >= 4);
    expect(new Set(recorder.values("value"))).toEqual(new Set([1]));
    expect(recorder.troubles.map((trouble) => trouble.reason).join()).toMatch(/answer of unit 9 instead of unit 1/);
  });

  test("a device that answers every request with id 0 is read, and its late answer is not believed", async () => {
    await using server = await WireServer.start(await freePort(), (request) => {
      setTimeout(() => answerTcp(request, request.index, { transaction: 0 }), request.index === 2 ? 150 : 0);
    });
    await using recorder = new Recorder();
    recorder.run(protocols.modbus, connection("tcp", server.port, one));
    await recorder.until("values after the late one", () => recorder.of("value").length >= 6);
    expect(recorder.values("value")).not.toContain(2);
    expect(server.connections).toBe(2);
  });

  test("a device that closes after each request gives every value without a trouble", async () => {
    await using server = await WireServer.start(await freePort(), (request) => {
      answerTcp(request, 5);
      request.socket.end();
    });
    await using recorder = new Recorder();
    recorder.run(protocols.modbus, connection("tcp", server.port, one));
    await recorder.until("ten values", () => recorder.of("value").length >= 10);
    expect(recorder.troubles).toEqual([]);
    expect(server.connections).toBeGreaterThanOrEqual(10);
  });

  test("a device with room for one connection is read over one connection", async () => {
    const port = await freePort();
    let open = 0;
    await using server = await WireServer.start(port, (request) => {
      if (open > 1) return void request.socket.destroy();
      answerTcp(request, 5);
    });
    await using recorder = new Recorder();
    recorder.run(
      protocols.modbus,
      connection("tcp", port, {
        a: { register: "holding 1", ...fast },
        b: { unitId: 2, register: "holding 1", ...fast },
      }),
    );
    open = 1;
    await recorder.until("ten values", () => recorder.of("b").length >= 10);
    expect(server.connections).toBe(1);
  });

  test("bytes that are no Modbus give a trouble and a new connection, not a value", async () => {
    await using server = await WireServer.start(await freePort(), (request) => {
      if (request.index === 0) request.socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
      else answerTcp(request, 8);
    });
    await using recorder = new Recorder();
    recorder.run(protocols.modbus, connection("tcp", server.port, one));
    await recorder.until("a value", () => recorder.of("value").length > 0);
    expect(recorder.values("value")[0]).toBe(8);
    expect(recorder.troubles[0]?.reason).toMatch(/no Modbus TCP/);
  });

  test("a truncated answer is no value", async () => {
    await using server = await WireServer.start(await freePort(), (request) => {
      if (request.index > 0) return answerTcp(request, 8);
      const { transaction, unitId, count } = tcp(request);
      request.socket.write(encodeTcp({ transaction, unitId, pdu: registers(count, 666) }).subarray(0, -1));
    });
    await using recorder = new Recorder();
    recorder.run(protocols.modbus, connection("tcp", server.port, one));
    await recorder.until("values", () => recorder.of("value").length >= 3);
    expect(new Set(recorder.values("value"))).toEqual(new Set([8]));
  });

  test("a device that is not there is told once, with advice, and read as soon as it comes", async () => {
    const port = await freePort();
    await using recorder = new Recorder();
    recorder.run(protocols.modbus, connection("tcp", port, one));
    await recorder.until("the trouble", () => recorder.troubleOf() !== undefined);
    expect(recorder.troubleOf()).toMatchObject({ advice: expect.stringMatching(/check the port/) });
    await using _server = await WireServer.start(port, (request) => answerTcp(request, 8));
    await recorder.until("a value", () => recorder.of("value").length > 0);
    expect(recorder.wells).toContain(undefined);
    expect(recorder.troubles.filter((trouble) => trouble.tag === undefined)).toHaveLength(1);
  });

  test("a busy device rests, and its tags are well when it has time again", async () => {
    await using server = await WireServer.start(await freePort(), (request) => {
      const { transaction, unitId } = tcp(request);
      if (request.index === 0) request.socket.write(encodeTcp({ transaction, unitId, pdu: Buffer.from([0x83, 6]) }));
      else answerTcp(request, 8);
    });
    await using recorder = new Recorder();
    recorder.run(protocols.modbus, connection("tcp", server.port, one));
    await recorder.until("a value", () => recorder.of("value").length > 0);
    expect(recorder.troubleOf("value")?.reason).toMatch(/busy/);
    expect(recorder.wells).toContain("value");
  });

  test("a whole bus of dead units is a trouble of the connection", async () => {
    await using server = await WireServer.start(await freePort(), () => undefined);
    await using recorder = new Recorder();
    const dead = (unitId: number) => ({ unitId, register: "holding 1", ...fast });
    recorder.run(protocols.modbus, connection("tcp", server.port, { a: dead(1), b: dead(2) }));
    await recorder.until("the trouble", () => recorder.troubleOf() !== undefined);
    expect(recorder.readings).toEqual([]);
  });
});

describe.concurrent("a bus with RTU frames that misbehaves", () => {
  test("a late answer is never taken for the answer to the next request to the same unit", async () => {
    const late = new Set([1, 3, 6]);
    let values = 0;
    await using server = await WireServer.start(await freePort(), (request) => {
      const { unitId, count } = rtu(request);
      const isValue = count === 2;
      const index = isValue ? values++ : -1;
      const send = () => request.socket.write(frameRtu(unitId, registers(count, isValue ? index : 9_999)));
      // Late by more than the time-out and the rest of the unit together: it comes while the next answer is awaited.
      if (late.has(index)) setTimeout(send, 1_150);
      else if (isValue) send();
      else setTimeout(send, 80);
    });
    await using recorder = new Recorder();
    const pair = { value: { register: "holding 10", type: "uint32", ...fast } };
    recorder.run(protocols.modbus, connection("rtuOverTcp", server.port, pair));
    await recorder.until("values after the late ones", () => values > 9 && recorder.of("value").length >= 5);
    // A pair of registers with the request's number in the first word.
    const numbers = recorder.values("value").map((value) => Math.floor(Number(value) / 65_536));
    for (const index of late) expect(numbers).not.toContain(index);
    expect(numbers).toEqual([...new Set(numbers)]);
  });

  test("a wrong checksum, a truncated frame and another unit's answer are no values", async () => {
    await using server = await WireServer.start(await freePort(), (request) => {
      const { unitId, count } = rtu(request);
      const frame = frameRtu(unitId, registers(count, 1));
      if (request.index === 0) frame.writeUInt8(frame.readUInt8(4) ^ 0xff, 4);
      if (request.index === 2) return void request.socket.write(frame.subarray(0, 4));
      if (request.index === 4) return void request.socket.write(frameRtu(unitId + 1, registers(count, 666)));
      request.socket.write(frame);
    });
    await using recorder = new Recorder();
    recorder.run(protocols.modbus, connection("rtuOverTcp", server.port, one));
    await recorder.until(
      "values after the wrong ones",
      () => server.requests > 8 && recorder.of("value").length >= 3,
      15_000,
    );
    expect(new Set(recorder.values("value"))).toEqual(new Set([1]));
    const reasons = recorder.troubles.map((trouble) => trouble.reason).join();
    expect(reasons).toMatch(/wrong checksum/);
  });

  test("what another master asks and gets on the same bus is not ours", async () => {
    await using server = await WireServer.start(await freePort(), (request) => {
      const { unitId, count } = rtu(request);
      request.socket.write(frameRtu(9, Buffer.from([3, 0, 10, 0, 1])));
      request.socket.write(frameRtu(9, registers(count, 666)));
      request.socket.write(frameRtu(unitId, registers(count, 4)));
    });
    await using recorder = new Recorder();
    recorder.run(protocols.modbus, connection("rtuOverTcp", server.port, one));
    await recorder.until("values", () => recorder.of("value").length >= 5);
    expect(new Set(recorder.values("value"))).toEqual(new Set([4]));
    expect(recorder.troubles).toEqual([]);
  });
});

describe("the schedule", () => {
  test("polls keep their grid: no drift over many readings, and the moment of reading is the moment of the answer", async () => {
    await using server = await WireServer.start(await freePort(), (request) => {
      setTimeout(() => answerTcp(request, 1), 10);
    });
    await using recorder = new Recorder();
    recorder.run(
      protocols.modbus,
      connection("tcp", server.port, { value: { register: "holding 10", interval: "50 ms" } }),
    );
    await recorder.until("thirty readings", () => recorder.of("value").length >= 30);
    const times = recorder.of("value").map((reading) => reading.time);
    const span = ((times[29] ?? 0) - (times[0] ?? 0)) / 1_000;
    // 29 periods of 50 ms; an answer time of 10 ms added to each would make 1740 ms.
    expect(span).toBeGreaterThan(1_400);
    expect(span).toBeLessThan(1_560);
  });

  test("a clock that runs ten times as fast is polled ten times as often", async () => {
    await using server = await WireServer.start(await freePort(), (request) => answerTcp(request, 1));
    await using recorder = new Recorder();
    const slow = { value: { register: "holding 10", interval: "500 ms" } };
    recorder.run(protocols.modbus, connection("tcp", server.port, slow), { speed: 10 });
    await recorder.until("ten readings", () => recorder.of("value").length >= 10, 2_000);
  });

  test("stopping closes the connection at once, also in the middle of a request", async () => {
    await using server = await WireServer.start(await freePort(), () => undefined);
    await using recorder = new Recorder();
    recorder.run(protocols.modbus, { ...connection("tcp", server.port, one), timeout: "30 s" });
    await recorder.until("a request", () => server.requests > 0);
    const before = performance.now();
    await recorder.stop();
    expect(performance.now() - before).toBeLessThan(500);
    expect(recorder.failure).toBeUndefined();
    connect(server.port, "127.0.0.1").destroy();
  });
});
