import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { decodeBit, decodeRegisters, widthOf, type Encoding } from "../../../adapters/modbus/decode.ts";
import type { ModbusTag } from "../../../adapters/modbus/options.ts";

type Type = ModbusTag["type"];
type Order = ModbusTag["order"];
const TYPES: readonly Type[] = ["bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"];
const ORDERS: readonly Order[] = ["ABCD", "CDAB", "BADC", "DCBA"];
const encoding = (type: Type, order: Order = "ABCD", more: Partial<Encoding> = {}): Encoding => ({
  type,
  order,
  bit: undefined,
  notAvailable: [],
  ...more,
});

/** What a device of each order puts on the wire, written from the words of the standard and not from the decoder. */
function wire(bigEndian: Buffer, order: Order): Buffer {
  const words = Array.from(
    { length: bigEndian.length / 2 },
    (_, i) => [bigEndian[i * 2], bigEndian[i * 2 + 1]] as const,
  );
  const placed = order === "CDAB" || order === "DCBA" ? words.toReversed() : words;
  const swapped = order === "BADC" || order === "DCBA";
  return Buffer.from(placed.flatMap(([high, low]) => (swapped ? [low ?? 0, high ?? 0] : [high ?? 0, low ?? 0])));
}

const number = fc.oneof(
  fc.record({ type: fc.constant("int16" as const), value: fc.integer({ min: -0x8000, max: 0x7fff }) }),
  fc.record({ type: fc.constant("uint16" as const), value: fc.integer({ min: 0, max: 0xffff }) }),
  fc.record({ type: fc.constant("int32" as const), value: fc.integer() }),
  fc.record({ type: fc.constant("uint32" as const), value: fc.integer({ min: 0, max: 0xffff_ffff }) }),
  fc.record({ type: fc.constant("float32" as const), value: fc.float({ noNaN: true }) }),
  fc.record({ type: fc.constant("float64" as const), value: fc.double({ noNaN: true }) }),
  fc.record({ type: fc.constant("int64" as const), value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
  fc.record({ type: fc.constant("uint64" as const), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
);

function written(type: Type, value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  if (typeof value === "bigint") {
    if (type === "int64") bytes.writeBigInt64BE(value);
    else bytes.writeBigUInt64BE(value);
    return bytes;
  }
  if (type === "int16") bytes.writeInt16BE(value);
  if (type === "uint16") bytes.writeUInt16BE(value);
  if (type === "int32") bytes.writeInt32BE(value);
  if (type === "uint32") bytes.writeUInt32BE(value);
  if (type === "float32") bytes.writeFloatBE(value);
  if (type === "float64") bytes.writeDoubleBE(value);
  return bytes.subarray(0, widthOf("holding", encoding(type)) * 2);
}

describe("values in registers", () => {
  propertyTest.prop([number, fc.constantFrom(...ORDERS), fc.nat({ max: 20 })], { numRuns: 2_000 })(
    "what a device writes in any type and order comes out, wherever it stands in the answer",
    ({ type, value }, order, offset) => {
      const words = Buffer.concat([
        Buffer.alloc(offset * 2, 0xa5),
        wire(written(type, value), order),
        Buffer.alloc(6, 0x5a),
      ]);
      const decoded = decodeRegisters(words, offset, encoding(type, order));
      if (typeof value === "number") expect(decoded).toBe(value);
      else expect(decoded).toBe(Number.isSafeInteger(Number(value)) ? Number(value) : value.toString());
    },
  );

  propertyTest.prop(
    [fc.uint8Array({ maxLength: 260 }), fc.constantFrom(...TYPES), fc.constantFrom(...ORDERS), fc.nat({ max: 130 })],
    {
      numRuns: 10_000,
    },
  )("random bytes give a value, null or an error, never a wrong kind", (bytes, type, order, offset) => {
    const whole = bytes.length >= (offset + widthOf("holding", encoding(type))) * 2;
    const decode = () => decodeRegisters(Buffer.from(bytes), offset, encoding(type, order));
    if (!whole) expect(decode).toThrow(/expected/);
    else expect(decode()).not.toBeNaN();
  });

  propertyTest.prop([fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 15 })])(
    "a bit of a register is true or false as the number has it",
    (value, bit) => {
      expect(decodeRegisters(written("uint16", value), 0, encoding("uint16", "ABCD", { bit }))).toBe(
        ((value >> bit) & 1) === 1,
      );
    },
  );

  propertyTest.prop([fc.array(fc.boolean(), { minLength: 1, maxLength: 200 })])(
    "coils come out in their order",
    (bits) => {
      const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
      for (const [i, bit] of bits.entries()) if (bit) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << (i & 7));
      expect(bits.map((_, i) => decodeBit(bytes, i))).toEqual(bits);
      expect(() => decodeBit(bytes, bytes.length * 8)).toThrow(/expected bit/);
    },
  );

  test("the numbers by which devices say that they have no value are no values", () => {
    const none = (type: Type, bytes: string, value: number) =>
      decodeRegisters(Buffer.from(bytes, "hex"), 0, encoding(type, "ABCD", { notAvailable: [value] }));
    expect(none("int16", "8000", -32_768)).toBeNull();
    expect(none("uint16", "ffff", 65_535)).toBeNull();
    expect(none("int32", "80000000", -2_147_483_648)).toBeNull();
    expect(none("uint32", "ffffffff", 4_294_967_295)).toBeNull();
    expect(none("float32", "3dcccccd", 0.1)).toBeNull();
    expect(none("uint64", "ffffffffffffffff", 2 ** 64)).toBeNull();
    expect(none("float32", "7fc00000", 0)).toBeNull();
    expect(none("uint16", "0001", 65_535)).toBe(1);
  });
});
