/** Numbers as Modbus registers: 16-bit words, high word first unless the device swaps them. */

export function float32Words(value: number): number[] {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
}

export function int64Words(value: number): number[] {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return [0, 2, 4, 6].map((at) => bytes.readUInt16BE(at));
}

/** CDAB: what a PLC gives that keeps its words in the order of the Intel world. */
export const swapped = (words: readonly number[]): number[] => words.toReversed();
