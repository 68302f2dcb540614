import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { dataBytes, decodeAnswer, encodeRequest, functionOf, type Request } from "../../../adapters/modbus/pdu.ts";
import { crc16, describeRtu, encodeRtu, findRtuAnswer, frameRtu } from "../../../adapters/modbus/rtuframe.ts";
import { encodeTcp, nextTransaction, takeTcpFrames } from "../../../adapters/modbus/tcpframe.ts";

const request = fc.record({
  unitId: fc.integer({ min: 0, max: 255 }),
  table: fc.constantFrom("holding" as const, "input" as const, "coil" as const, "discrete" as const),
  address: fc.integer({ min: 0, max: 65_000 }),
  count: fc.integer({ min: 1, max: 125 }),
});
const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

const good = (to: Request, fill: number): Buffer =>
  Buffer.concat([Buffer.from([functionOf(to), dataBytes(to)]), Buffer.alloc(dataBytes(to), fill)]);

describe("frames of Modbus TCP", () => {
  propertyTest.prop([
    fc.array(
      fc.record({ transaction: fc.nat({ max: 65_535 }), unitId: fc.nat({ max: 255 }), fill: fc.nat({ max: 255 }) }),
      { maxLength: 5 },
    ),
    fc.nat(),
  ])("frames come out whole however the stream is cut", (list, cut) => {
    const frames = list.map(({ transaction, unitId, fill }) => ({
      transaction,
      unitId,
      pdu: Buffer.from([3, 2, fill, fill]),
    }));
    const stream = Buffer.concat(frames.map(encodeTcp));
    const at = cut % (stream.length + 1);
    const first = takeTcpFrames(stream.subarray(0, at));
    const second = takeTcpFrames(Buffer.concat([first?.rest ?? Buffer.alloc(0), stream.subarray(at)]));
    expect([...(first?.frames ?? []), ...(second?.frames ?? [])]).toEqual(frames);
    expect(second?.rest.length).toBe(0);
  });

  propertyTest.prop([noise], { numRuns: 10_000 })("random bytes never throw", (bytes) => {
    const taken = takeTcpFrames(bytes);
    if (taken !== undefined) expect(taken.rest.length).toBeLessThanOrEqual(bytes.length);
  });

  test("transaction ids go round without the 0 that some devices answer everything with", () => {
    expect(nextTransaction(0)).toBe(1);
    expect(nextTransaction(65_534)).toBe(65_535);
    expect(nextTransaction(65_535)).toBe(1);
  });
});

describe("frames of Modbus RTU", () => {
  test("the checksum is the standard's", () => {
    expect(crc16(Buffer.from("123456789"))).toBe(0x4b37);
    expect(encodeRtu({ unitId: 1, table: "holding", address: 0, count: 10 }).toString("hex")).toBe("01030000000ac5cd");
  });

  propertyTest.prop([request, fc.nat({ max: 255 }), noise.filter((bytes) => bytes.length < 40), noise], {
    numRuns: 2_000,
  })("the answer is found behind noise and before it", (to, fill, before, after) => {
    const stream = Buffer.concat([before, frameRtu(to.unitId, good(to, fill)), after]);
    const found = findRtuAnswer(to, stream);
    expect(found === undefined ? undefined : decodeAnswer(to, found)).toEqual({
      kind: "data",
      bytes: Buffer.alloc(dataBytes(to), fill),
    });
  });

  propertyTest.prop([request, noise], { numRuns: 10_000 })(
    "random bytes are no answer and never throw",
    (to, bytes) => {
      expect(findRtuAnswer(to, bytes)).toBeUndefined();
      expect(describeRtu(to, bytes)).toMatch(/answer/);
    },
  );

  propertyTest.prop([request, fc.nat({ max: 255 }), fc.nat(), fc.integer({ min: 1, max: 255 })], { numRuns: 2_000 })(
    "one changed byte is no answer",
    (to, fill, where, change) => {
      const frame = frameRtu(to.unitId, good(to, fill));
      const at = where % frame.length;
      frame[at] = (frame[at] ?? 0) ^ change;
      expect(findRtuAnswer(to, frame)).toBeUndefined();
    },
  );

  propertyTest.prop([request, request])("the answer to another request is no answer", (to, other) => {
    const same =
      to.unitId === other.unitId && functionOf(to) === functionOf(other) && dataBytes(to) === dataBytes(other);
    if (!same) expect(findRtuAnswer(to, frameRtu(other.unitId, good(other, 7)))).toBeUndefined();
  });
});

describe("answers", () => {
  propertyTest.prop([request, noise], { numRuns: 10_000 })(
    "random messages are told apart and never throw",
    (to, pdu) => {
      const answer = decodeAnswer(to, pdu);
      if (answer.kind === "data") expect(answer.bytes.length).toBe(dataBytes(to));
      if (answer.kind === "malformed") expect(answer.reason).toMatch(/expected/);
    },
  );

  test("an exception carries its code", () => {
    const to: Request = { unitId: 1, table: "input", address: 5, count: 2 };
    expect(encodeRequest(to).toString("hex")).toBe("0400050002");
    expect(decodeAnswer(to, Buffer.from([0x84, 2]))).toEqual({ kind: "exception", code: 2 });
  });
});
