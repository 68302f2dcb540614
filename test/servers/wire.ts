/** A raw TCP server that answers each request exactly as a test says, right or wrong. */
import { createServer, type Server, type Socket } from "node:net";

export interface WireRequest {
  /** Number of this request since the start, from 0. */
  readonly index: number;
  readonly bytes: Buffer;
  readonly socket: Socket;
}

export class WireServer implements AsyncDisposable {
  readonly port: number;
  connections = 0;
  requests = 0;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(port: number, server: Server, sockets: ReadonlySet<Socket>) {
    this.port = port;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** @param answer is called for each request; it writes what it likes to the socket */
  static async start(port: number, answer: (request: WireRequest) => void): Promise<WireServer> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      wire.connections++;
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
      socket.on("data", (bytes: Buffer) => answer({ index: wire.requests++, bytes, socket }));
    });
    const wire = new WireServer(port, server, sockets);
    await new Promise<void>((resolve) => {
      server.listen(port, "127.0.0.1", resolve);
    });
    return wire;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
