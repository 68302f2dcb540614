/** Why a server cannot be reached: the library says only that it cannot, the network says more. */
import { connect } from "node:net";

const DEFAULT_PORT = 4840;

/** @returns the cause with the network's own reason in front, when there is one */
export async function withNetworkReason(endpoint: string, timeout: number, cause: unknown): Promise<unknown> {
  if (!(cause instanceof Error) || !/cannot be established|premature disconnection/i.test(cause.message)) return cause;
  const reason = await networkReason(endpoint, timeout);
  return reason === undefined ? cause : new Error(reason, { cause });
}

function networkReason(endpoint: string, timeout: number): Promise<string | undefined> {
  const [, host = "", port] = /^opc\.tcp:\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?/.exec(endpoint) ?? [];
  return new Promise((resolve) => {
    const socket = connect({ host: host.replaceAll(/[[\]]/g, ""), port: Number(port ?? DEFAULT_PORT) });
    const timer = setTimeout(() => finish(`no connection within ${timeout} ms`), timeout);
    const finish = (reason: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reason);
    };
    socket.once("connect", () => finish("something listens there, but it does not answer as an OPC UA server"));
    socket.once("error", (error) => finish(error.message));
  });
}
