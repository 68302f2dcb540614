/** Turns the registers and bits of an answer into the value of a tag. Pure. */
import type { Value } from "../../gateway/model/sample.ts";
import type { ModbusTag } from "./options.ts";
import type { Table } from "./register.ts";

export type Encoding = Pick<ModbusTag, "type" | "order" | "bit" | "notAvailable">;

const REGISTERS: Readonly<Record<ModbusTag["type"], number>> = {
  bool: 1,
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  float32: 2,
  int64: 4,
  uint64: 4,
  float64: 4,
};

/** Coils and discrete inputs are single bits, whatever type the configuration says. */
export const isBitTable = (table: Table): boolean => table === "coil" || table === "discrete";

/** How many registers (or bits of a bit table) a value takes. */
export const widthOf = (table: Table, encoding: Encoding): number =>
  isBitTable(table) || encoding.bit !== undefined ? 1 : REGISTERS[encoding.type];

/**
 * The value at a register; `null` when the device says that it has none.
 * @param words the bytes of the answer, two per register, high byte first
 * @param offset in registers
 */
export function decodeRegisters(words: Buffer, offset: number, encoding: Encoding): Value | null {
  const count = encoding.bit === undefined ? REGISTERS[encoding.type] : 1;
  const cut = words.subarray(offset * 2, (offset + count) * 2);
  if (cut.length !== count * 2) {
    throw new Error(`answer has ${cut.length} bytes at register ${offset}; expected ${count * 2}`);
  }
  const bytes = bigEndian(cut, encoding.order);
  if (encoding.bit !== undefined) return ((bytes.readUInt16BE(0) >> encoding.bit) & 1) === 1;
  const raw = numberOf(bytes, encoding.type);
  // NaN is how float registers say "not available" (SunSpec, most meters).
  if (Number.isNaN(raw) || encoding.notAvailable.some((none) => isNumber(raw, none))) return null;
  if (encoding.type === "bool") return raw !== 0n && raw !== 0;
  if (typeof raw === "number") return raw;
  // 64-bit counters beyond 2^53 would be rounded as a number: a rounded counter invents parts or energy.
  return Number.isSafeInteger(Number(raw)) ? Number(raw) : raw.toString();
}

/** @param bits the bytes of the answer, eight bits each, lowest bit first */
export function decodeBit(bits: Buffer, offset: number): boolean {
  const byte = bits[offset >> 3];
  if (byte === undefined) throw new Error(`answer has ${bits.length * 8} bits; expected bit ${offset}`);
  return ((byte >> (offset & 7)) & 1) === 1;
}

function numberOf(bytes: Buffer, type: ModbusTag["type"]): number | bigint {
  switch (type) {
    case "int16":
      return bytes.readInt16BE(0);
    case "bool":
    case "uint16":
      return bytes.readUInt16BE(0);
    case "int32":
      return bytes.readInt32BE(0);
    case "uint32":
      return bytes.readUInt32BE(0);
    case "float32":
      return bytes.readFloatBE(0);
    case "float64":
      return bytes.readDoubleBE(0);
    case "int64":
      return bytes.readBigInt64BE(0);
    case "uint64":
      return bytes.readBigUInt64BE(0);
    default:
      return type satisfies never;
  }
}

/** A raw number as the manual states it: a float register is compared at its own precision, a 64-bit one as Number. */
const isNumber = (raw: number | bigint, none: number): boolean =>
  typeof raw === "bigint" ? Number(raw) === none : raw === none || raw === Math.fround(none);

/** Puts the bytes of a value in the order that Buffer reads: ABCD. */
export function bigEndian(bytes: Buffer, order: ModbusTag["order"]): Buffer {
  if (order === "ABCD") return bytes;
  const out = Buffer.from(bytes);
  if (order === "DCBA") return out.reverse();
  if (order === "CDAB") out.reverse();
  // After the reversal of all bytes, swapping each pair leaves only the words reversed.
  return out.swap16();
}
