/** Free ports on loopback, so that tests can run side by side. */
import { randomInt } from "node:crypto";
import { connect, createServer } from "node:net";

/**
 * Below the ports that Linux gives to outgoing connections: a client that keeps trying a port of a server that is down
 * can otherwise be given that very port, connect to itself, and keep the server from coming back.
 */
const [FIRST, LAST] = [20_000, 32_000];
const ATTEMPTS = 50;

export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found between ${FIRST} and ${LAST} in ${ATTEMPTS} attempts`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => {
      server.close(() => resolve(true));
    });
  });
}

/** True as soon as somebody accepts connections there; undefined until then. */
export function listens(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(undefined));
  });
}
