/** The part of a Modbus message that is the same on every transport: read requests and their answers. Pure. */
import type { Block } from "./blocks.ts";
import { isBitTable } from "./decode.ts";
import type { Table } from "./register.ts";

/** The functions that read. There are no others in this folder. */
const FUNCTIONS: Readonly<Record<Table, number>> = { coil: 1, discrete: 2, holding: 3, input: 4 };
export const EXCEPTION_BIT = 0x80;

/** What is asked: enough to know the answer when it comes. */
export interface Request {
  readonly unitId: number;
  readonly table: Table;
  readonly address: number;
  readonly count: number;
}

export type Answer =
  | { readonly kind: "data"; readonly bytes: Buffer }
  | { readonly kind: "exception"; readonly code: number }
  | { readonly kind: "malformed"; readonly reason: string };

export const requestOf = ({ unitId, table, address, count }: Block): Request => ({ unitId, table, address, count });
export const functionOf = (request: Request): number => FUNCTIONS[request.table];
/** Bytes of data in a good answer. */
export const dataBytes = ({ table, count }: Pick<Request, "table" | "count">): number =>
  isBitTable(table) ? Math.ceil(count / 8) : count * 2;

export function encodeRequest(request: Request): Buffer {
  const pdu = Buffer.alloc(5);
  pdu.writeUInt8(functionOf(request), 0);
  pdu.writeUInt16BE(request.address, 1);
  pdu.writeUInt16BE(request.count, 3);
  return pdu;
}

/** Reads an answer and checks that it is one to this request. */
export function decodeAnswer(request: Request, pdu: Buffer): Answer {
  const code = pdu[0];
  const expected = functionOf(request);
  if (code === (expected | EXCEPTION_BIT) && pdu.length === 2) return { kind: "exception", code: pdu[1] ?? 0 };
  if (code !== expected)
    return { kind: "malformed", reason: `answer to function ${code ?? "none"}; expected ${expected}` };
  const bytes = pdu.subarray(2);
  const length = dataBytes(request);
  if (pdu[1] !== length || bytes.length !== length) {
    return {
      kind: "malformed",
      reason: `answer of ${bytes.length} bytes that says ${pdu[1] ?? 0}; expected ${length}`,
    };
  }
  return { kind: "data", bytes };
}
