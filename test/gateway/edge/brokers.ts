/** The embedded kind of broker, bare, that a test can take away and bring back on its port. */
import { Aedes } from "aedes";
import { createServer, type Server, type Socket } from "node:net";
import { freePort } from "../../servers/ports.ts";

export interface BareBroker extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

export async function startAedes(): Promise<BareBroker> {
  const port = await freePort();
  let stop: (() => Promise<void>) | undefined;
  const broker: BareBroker = {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    start: async () => {
      stop = await listen(port);
    },
    kill: async () => {
      await stop?.();
      stop = undefined;
    },
    [Symbol.asyncDispose]: async () => broker.kill(),
  };
  await broker.start();
  return broker;
}

async function listen(port: number): Promise<() => Promise<void>> {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    aedes.handle(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(port, "127.0.0.1", resolve);
  });
  return async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    await new Promise<void>((resolve) => {
      aedes.close(() => resolve());
    });
  };
}
