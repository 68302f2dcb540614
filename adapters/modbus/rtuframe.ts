/** Modbus RTU framing: unit, message, CRC; no length and no transaction id, so that an answer is known by its shape. Pure. */
import { dataBytes, encodeRequest, EXCEPTION_BIT, functionOf, type Request } from "./pdu.ts";

const CRC_BYTES = 2;
const EXCEPTION_FRAME = 5;

/** CRC-16 of the Modbus standard (polynomial 0xA001 reflected, initial 0xFFFF). */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

export function frameRtu(unitId: number, pdu: Buffer): Buffer {
  const frame = Buffer.alloc(1 + pdu.length + CRC_BYTES);
  frame.writeUInt8(unitId, 0);
  pdu.copy(frame, 1);
  frame.writeUInt16LE(crc16(frame.subarray(0, -CRC_BYTES)), frame.length - CRC_BYTES);
  return frame;
}

export const encodeRtu = (request: Request): Buffer => frameRtu(request.unitId, encodeRequest(request));

/**
 * The answer to a request, wherever it begins: before it may stand noise, an echo, or the traffic of another master.
 * Only the right unit, function, length and CRC make an answer.
 */
export function findRtuAnswer(request: Request, received: Buffer): Buffer | undefined {
  const code = functionOf(request);
  const length = dataBytes(request);
  for (let at = 0; at + EXCEPTION_FRAME <= received.length; at++) {
    if (received[at] !== request.unitId) continue;
    if (received[at + 1] === code && received[at + 2] === length) {
      const frame = checked(received, at, 3 + length + CRC_BYTES);
      if (frame !== undefined) return frame;
    }
    if (received[at + 1] === (code | EXCEPTION_BIT)) {
      const frame = checked(received, at, EXCEPTION_FRAME);
      if (frame !== undefined) return frame;
    }
  }
  return undefined;
}

/** The message inside a frame with a good CRC. */
function checked(received: Buffer, at: number, length: number): Buffer | undefined {
  if (at + length > received.length) return undefined;
  const body = received.subarray(at, at + length - CRC_BYTES);
  return received.readUInt16LE(at + length - CRC_BYTES) === crc16(body) ? body.subarray(1) : undefined;
}

/** Why what came is no answer, for the person who has to find the cause. */
export function describeRtu(request: Request, received: Buffer): string {
  if (received.length === 0) return "no answer";
  const [unitId, code] = received;
  if (unitId !== request.unitId) return `answer of unit ${unitId} instead of unit ${request.unitId}`;
  const length = code === functionOf(request) ? 3 + dataBytes(request) + CRC_BYTES : EXCEPTION_FRAME;
  if (received.length < length) return `answer cut short after ${received.length} of ${length} bytes`;
  return "answer with a wrong checksum or of the wrong length";
}
