/** The edge process: machines → outbox → MQTT. Acquisition waits for neither storage nor network. */
import { join } from "node:path";
import type { MqttClient } from "mqtt";
import { protocols as spoken } from "../../adapters/index.ts";
import type { PlantConfig } from "../config/schema.ts";
import { connectMqtt } from "../link/connect.ts";
import type { Log } from "../log.ts";
import type { Protocol } from "../model/protocol.ts";
import { because, type Incident } from "../model/record.ts";
import type { Clock } from "../model/time.ts";
import { micros, type Micros } from "../model/units.ts";
import { describeJump, watchClock } from "./clockwatch.ts";
import { openOutbox, type Outbox } from "./outbox.ts";
import { startPublisher } from "./publisher.ts";
import { lastWill, startStatus } from "./status.ts";
import { supervise, type AnyConnection } from "./supervisor.ts";
import { tell } from "./words.ts";

export interface EdgeOptions {
  readonly plant: PlantConfig;
  readonly clock: Clock;
  readonly credentials: { readonly mqtt: { readonly edge: string } };
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Other protocols than the registered ones. */
  readonly protocols?: Readonly<Record<string, Protocol<AnyConnection>>>;
}

/** What is held back so that a full disk still lets old batches go: room for a WAL of deletions. */
const BALLAST_BYTES = 8 * 1024 * 1024;

/** Path of an edge's outbox below the storage folder. */
export const outboxPath = (folder: string, edge: string): string => join(folder, "edge", `${edge}.outbox.db`);

/**
 * Runs until the signal aborts, then stops the adapters, commits what they gave, and says farewell: under two seconds.
 * Throws when the outbox cannot be opened or is damaged while it is in use; a new process cures the latter.
 */
export async function runEdge(options: EdgeOptions): Promise<void> {
  const { plant, clock, credentials, log, signal } = options;
  const edge = plant.edge.name;
  const { folder } = plant.storage;
  const spokenHere = options.protocols ?? registered();
  const chosen = Object.entries(plant.connections).map(([name, connection]) => ({
    name,
    connection,
    protocol: protocolOf(spokenHere, name, connection),
  }));
  const broken = new AbortController();
  const stop = AbortSignal.any([signal, broken.signal]);
  await using outbox = openOutbox({
    path: outboxPath(folder, edge),
    edge,
    now: () => clock.now(),
    maxBytes: plant.storage.outbox.maxBytes,
    ballastBytes: BALLAST_BYTES,
    log,
    onFatal: (error) => broken.abort(error),
  });
  recordRestart(outbox, clock.now());
  const record = (incident: Incident) => outbox.record(incident);
  const unwatch = watchClock(clock, (jump) => {
    log.warn({ seconds: (jump.now - jump.expected) / 1e6 }, "the clock was set");
    record({ kind: "clock", ...ordered(jump.expected, jump.now), ...because(describeJump(jump)) });
  });
  const client = await connectMqtt(plant.network.mqtt, {
    clientId: `fieldlab-${edge}`,
    username: edge,
    password: credentials.mqtt.edge,
    will: lastWill(edge),
  });
  logConnection(client, log);
  try {
    await using _publisher = startPublisher({ outbox, client, edge, log });
    const supervised = chosen.map(({ name, connection, protocol }) =>
      supervise({
        name,
        connection,
        protocol,
        folder: join(folder, "connections", name),
        clock,
        accept: (samples) => outbox.accept(samples),
        record,
        log: log.child({ connection: name }),
        signal: stop,
      }),
    );
    await using _status = startStatus({
      client,
      edge,
      outbox,
      clock,
      connections: () => supervised.map(({ status }) => status()),
    });
    log.info({ edge, connections: supervised.length, waiting: outbox.state().batches }, "edge started");
    await aborted(stop);
    await Promise.all(supervised.map(({ done }) => done));
    outbox.commit();
  } finally {
    unwatch();
    await client.endAsync(!client.connected);
  }
  if (broken.signal.aborted) throw broken.signal.reason;
  log.info({ edge, waiting: outbox.state().batches }, "edge stopped");
}

/** Each driver gets only connections that its own schema made: the discriminator of the configuration sees to it. */
const registered = () => spoken as unknown as Readonly<Record<string, Protocol<AnyConnection>>>;

function protocolOf(
  protocols: Readonly<Record<string, Protocol<AnyConnection>>>,
  name: string,
  { protocol }: AnyConnection,
): Protocol<AnyConnection> {
  const found = protocols[protocol];
  if (found !== undefined) return found;
  const known = Object.keys(protocols).join(", ");
  throw new Error(`connection "${name}" wants the protocol "${protocol}"; expected one of ${known}`);
}

/** Between the last commit of the process before us and now nothing was read: the timeline must be able to say why. */
function recordRestart(outbox: Outbox, now: Micros): void {
  const { newest } = outbox;
  if (newest === undefined) return;
  outbox.record({
    kind: "restart",
    ...ordered(newest, now),
    ...because(tell("edge.restart")),
  });
}

const ordered = (a: Micros, b: Micros) => ({ from: micros(Math.min(a, b)), to: micros(Math.max(a, b)) });

/** One line per change, not one per attempt. */
function logConnection(client: MqttClient, log: Log): void {
  let last = "";
  client.on("connect", () => {
    last = "";
    log.info("connected to the broker");
  });
  client.on("close", () => {
    if (last === "" && !client.disconnecting) log.warn("no connection to the broker: the outbox keeps what comes");
    last ||= "closed";
  });
  client.on("error", ({ message }) => {
    if (message !== last) log.warn({ reason: message }, "the broker cannot be reached; trying on");
    last = message;
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
