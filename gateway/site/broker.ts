/**
 * The embedded MQTT 3.1.1 broker. Nothing is entrusted to it: sessions are never kept and retained messages live in
 * memory alone, because edges resend what has no receipt and everyone republishes on connecting.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { Aedes, type Client } from "aedes";
import type { Log } from "../log.ts";
import { edgeOfTopic, topics } from "../model/messages.ts";

export interface BrokerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Of the user "site", and of every edge, whose user name is the edge's own name. */
  readonly passwords: { readonly site: string; readonly edge: string };
  readonly log: Log;
}
export interface Broker extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** Who a client turned out to be. */
type User = { readonly kind: "site" | "anonymous" } | { readonly kind: "edge"; readonly name: string };

/** Far more than a site has of edges, screens and flows; each costs some memory. */
const MAX_CLIENTS = 500;
/** A client that does not read for this long is cut off; what waits for it waits in memory. */
const DRAIN_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
const EDGE_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

export async function startBroker({ host, port, passwords, log }: BrokerOptions): Promise<Broker> {
  const users = new WeakMap<Client, User>();
  const aedes = await Aedes.createBroker({
    drainTimeout: DRAIN_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    preConnect: (_client, packet, done) => {
      // A kept session of a client that never returns would queue messages for ever.
      packet.clean = true;
      done(null, aedes.connectedClients < MAX_CLIENTS);
    },
    authenticate: (client, name, password, done) => {
      const user = userOf(name, password, isLoopback(client), passwords);
      if (user === undefined) {
        log.warn(
          { user: name },
          "MQTT login refused: unknown user, wrong password, or no password from another machine",
        );
        done(null, false);
        return;
      }
      users.set(client, user);
      done(null, true);
    },
    authorizePublish: (client, { topic }, done) => {
      const user = client === null ? undefined : users.get(client);
      if (user !== undefined && mayPublish(user, topic)) {
        done();
        return;
      }
      log.warn({ user, topic }, "MQTT publish refused: an edge publishes below its own prefix, all else the site");
      done(new Error(`not allowed to publish on ${topic}`));
    },
    authorizeSubscribe: (client, subscription, done) => {
      const user = users.get(client);
      done(null, user !== undefined && maySubscribe(user, subscription.topic) ? subscription : null);
    },
  });
  aedes.on("clientError", (client, error) =>
    log.debug({ client: client.id, error: error.message }, "MQTT client error"),
  );
  aedes.on("connectionError", (_client, error) => log.debug({ error: error.message }, "MQTT connection error"));
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    aedes.handle(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      aedes.close();
      reject(new Error(`cannot listen for MQTT on ${host}:${port} (${cause.code}); ${adviceFor(cause)}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return {
    url: `mqtt://${reachable.includes(":") ? `[${reachable}]` : reachable}:${bound}`,
    port: bound,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      await new Promise<void>((resolve) => {
        aedes.close(resolve);
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function userOf(
  name: string | undefined,
  password: Buffer | undefined,
  loopback: boolean,
  passwords: BrokerOptions["passwords"],
): User | undefined {
  if (name === undefined || name === "") return loopback ? { kind: "anonymous" } : undefined;
  const given = password ?? Buffer.alloc(0);
  // Both are compared, always: the time taken tells nothing about which users exist.
  const isSite = equalSecrets(given, passwords.site);
  const isEdge = equalSecrets(given, passwords.edge);
  if (name === "site") return isSite ? { kind: "site" } : undefined;
  return isEdge && EDGE_NAME.test(name) ? { kind: "edge", name } : undefined;
}

/** Hashed first, so that lengths are equal and the comparison takes constant time. */
function equalSecrets(given: Buffer, expected: string): boolean {
  const hash = (secret: Buffer | string) => createHash("sha256").update(secret).digest();
  return expected !== "" && timingSafeEqual(hash(given), hash(expected));
}

function mayPublish(user: User, topic: string): boolean {
  if (topic.startsWith("$")) return false;
  switch (user.kind) {
    case "site":
      return true;
    case "edge":
      // Receipts lie below the edge's prefix too, but they are the site's word.
      return edgeOfTopic(topic) === user.name && topic !== topics.receipt(user.name);
    default:
      return false;
  }
}

function maySubscribe(user: User, filter: string): boolean {
  return user.kind !== "edge" || filter.startsWith(`fieldlab/v1/${user.name}/`);
}

function isLoopback(client: Client): boolean {
  const address = "remoteAddress" in client.conn ? (client.conn.remoteAddress ?? "") : "";
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}

function adviceFor({ code }: NodeJS.ErrnoException): string {
  if (code === "EADDRINUSE") return "another program uses that port: stop it, or set network.mqtt.port";
  if (code === "EADDRNOTAVAIL") return "this machine has no such address: set network.mqtt.host";
  return "set network.mqtt.host and network.mqtt.port to an address that this program may use";
}
