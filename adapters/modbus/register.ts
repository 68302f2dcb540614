/** Register addresses as manuals and people write them, and as they go over the wire. */

export type Table = "coil" | "discrete" | "input" | "holding";
export interface Register {
  readonly table: Table;
  /** 0-based, as on the wire. */
  readonly address: number;
}

const BY_DIGIT: Readonly<Record<string, Table>> = { "0": "coil", "1": "discrete", "3": "input", "4": "holding" };
const LAST_ADDRESS = 65_535;

/** Reads "holding 100", "input 0x34" (from 0) or "40101", "4x0101", "300053" (from 1). `undefined` when it is neither. */
export function parseRegister(text: string): Register | undefined {
  const [, table, number] = /^\s*(coil|discrete|input|holding)\s+(0x[0-9a-f]+|\d+)\s*$/i.exec(text) ?? [];
  if (table !== undefined) return within(table.toLowerCase() as Table, Number(number));
  const [, digit = "", rest] = /^\s*([0134])(?:x)?(\d{4,5})\s*$/i.exec(text) ?? [];
  const named = BY_DIGIT[digit];
  return named === undefined ? undefined : within(named, Number(rest) - 1);
}

const within = (table: Table, address: number): Register | undefined =>
  address >= 0 && address <= LAST_ADDRESS ? { table, address } : undefined;
