/** A Modbus TCP server whose holding registers change with every read: `modbus-source.ts <port>`. */
import { createServer, type Socket } from "node:net";

const MBAP_BYTES = 7;
const READ_BYTES = 12;
let tick = 0;

function answer(request: Buffer): Buffer {
  const [start, count] = [request.readUInt16BE(8), request.readUInt16BE(10)];
  const reply = Buffer.alloc(MBAP_BYTES + 2 + count * 2);
  request.copy(reply, 0, 0, 4);
  reply.writeUInt16BE(3 + count * 2, 4);
  reply[6] = request[6] ?? 0;
  reply[7] = request[7] ?? 3;
  reply[8] = count * 2;
  tick++;
  for (let i = 0; i < count; i++) reply.writeUInt16BE((start + i + tick) & 0xffff, 9 + i * 2);
  return reply;
}

function serve(socket: Socket): void {
  let pending = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (data) => {
    pending = Buffer.concat([pending, data]);
    while (pending.length >= READ_BYTES) {
      socket.write(answer(pending.subarray(0, READ_BYTES)));
      pending = pending.subarray(READ_BYTES);
    }
  });
}

createServer(serve).listen(Number(process.argv[2] ?? 15_500), "127.0.0.1", () => process.stdout.write("ready\n"));
