/** Modbus TCP framing: a header with a transaction id before each message. Pure. */

export interface TcpFrame {
  readonly transaction: number;
  readonly unitId: number;
  readonly pdu: Buffer;
}

const HEADER = 7;
/** Unit id and the longest message that the standard allows. */
const MAX_LENGTH = 254;
/** 0 is left out: some devices answer every request with id 0, and theirs must be told apart. */
export const nextTransaction = (previous: number): number => (previous % 65_535) + 1;

export function encodeTcp({ transaction, unitId, pdu }: TcpFrame): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(transaction, 0);
  header.writeUInt16BE(pdu.length + 1, 4);
  header.writeUInt8(unitId, 6);
  return Buffer.concat([header, pdu]);
}

/** Whole frames from the start of what was received, and the rest; `undefined` when this is no Modbus TCP. */
export function takeTcpFrames(received: Buffer): { frames: TcpFrame[]; rest: Buffer } | undefined {
  const frames: TcpFrame[] = [];
  let at = 0;
  while (received.length - at >= HEADER) {
    const length = received.readUInt16BE(at + 4);
    if (received.readUInt16BE(at + 2) !== 0 || length < 2 || length > MAX_LENGTH) return undefined;
    const end = at + 6 + length;
    if (end > received.length) break;
    frames.push({
      transaction: received.readUInt16BE(at),
      unitId: received.readUInt8(at + 6),
      pdu: received.subarray(at + HEADER, end),
    });
    at = end;
  }
  return { frames, rest: received.subarray(at) };
}
