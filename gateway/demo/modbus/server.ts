/** A Modbus TCP server that can only be read: functions 3 and 4, any number of unit ids behind one address. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { Log } from "../../log.ts";
import type { Micros } from "../../model/units.ts";
import type { ModbusDevice } from "./devices.ts";

export interface ModbusServerOptions {
  readonly host: string;
  readonly port: number;
  readonly devices: readonly ModbusDevice[];
  readonly now: () => Micros;
  readonly log: Log;
}

const HEADER_BYTES = 7;
/** Longest frame that the specification allows. */
const MAX_FRAME_BYTES = 260;
/** As many masters as a good gateway bears. */
const MAX_CONNECTIONS = 32;
const MAX_REGISTERS = 125;
const READ_HOLDING = 3;
const READ_INPUT = 4;
const EXCEPTION = { illegalFunction: 1, illegalAddress: 2, illegalValue: 3, noAnswerBehindGateway: 0x0b } as const;

export async function startModbusServer(options: ModbusServerOptions): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", ({ message }) => options.log.debug({ reason: message }, "a Modbus master went away"));
    let buffered = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      buffered = answerAll(options, socket, Buffer.concat([buffered, bytes]));
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(options.port, options.host);
  await once(server, "listening");
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Answers each whole frame and gives back the bytes that are left. What is no Modbus ends the connection. */
function answerAll(options: ModbusServerOptions, socket: Socket, bytes: Buffer): Buffer<ArrayBuffer> {
  let rest = bytes;
  while (rest.length >= HEADER_BYTES) {
    const length = 6 + rest.readUInt16BE(4);
    if (rest.readUInt16BE(2) !== 0 || length > MAX_FRAME_BYTES || length < HEADER_BYTES + 1) {
      socket.destroy();
      return Buffer.alloc(0);
    }
    if (rest.length < length) break;
    socket.write(answer(options, rest.subarray(0, length)));
    rest = rest.subarray(length);
  }
  return Buffer.from(rest);
}

function answer({ devices, now }: ModbusServerOptions, request: Buffer): Buffer {
  const unit = request.readUInt8(6);
  const code = request.readUInt8(7);
  const refuse = (exception: number): Buffer => frame(request, [code | 0x80, exception]);
  if (code !== READ_HOLDING && code !== READ_INPUT) return refuse(EXCEPTION.illegalFunction);
  if (request.length !== HEADER_BYTES + 5) return refuse(EXCEPTION.illegalValue);
  const device = devices.find((candidate) => candidate.unit === unit);
  if (device === undefined) return refuse(EXCEPTION.noAnswerBehindGateway);
  const first = request.readUInt16BE(8);
  const count = request.readUInt16BE(10);
  if (count < 1 || count > MAX_REGISTERS) return refuse(EXCEPTION.illegalValue);
  const [low, high] = device.area;
  const table = code === READ_HOLDING ? "holding" : "input";
  if (table !== device.table || first < low || first + count - 1 > high) return refuse(EXCEPTION.illegalAddress);
  const data = Buffer.alloc(2 * count);
  for (const [address, words] of device.registers(now())) {
    for (const [i, word] of words.entries()) {
      const at = address + i - first;
      if (at >= 0 && at < count) data.writeUInt16BE(word, 2 * at);
    }
  }
  return frame(request, [code, data.length, ...data]);
}

function frame(request: Buffer, pdu: readonly number[]): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + pdu.length);
  request.copy(bytes, 0, 0, 4);
  bytes.writeUInt16BE(1 + pdu.length, 4);
  bytes.writeUInt8(request.readUInt8(6), 6);
  bytes.set(pdu, HEADER_BYTES);
  return bytes;
}
