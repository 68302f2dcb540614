/** The demo factory as a process: its devices on loopback sockets, and its truth beside them. */
import { setTimeout as sleep } from "node:timers/promises";
import { setErrorLogger, setWarningLogger } from "node-opcua";
import type { PlantConfig } from "../config/schema.ts";
import type { Log } from "../log.ts";
import { micros, MICROS_PER_HOUR, MICROS_PER_MILLI, type Micros } from "../model/units.ts";
import type { Clock } from "../model/time.ts";
import type { Factory } from "./factory.ts";
import { meterDevices, pressDevice } from "./modbus/devices.ts";
import { startModbusServer } from "./modbus/server.ts";
import { buildMill, millNodesets } from "./opcua/mill.ts";
import { buildPacker, packerNodesets } from "./opcua/packer.ts";
import { prepareOpcuaServer } from "./opcua/server.ts";
import type { Show } from "./opcua/show.ts";
import { openFactory } from "./state.ts";
import { openTruth } from "./truthfile.ts";

export interface DemoOptions {
  readonly plant: PlantConfig;
  readonly folder: string;
  readonly clock: Clock;
  readonly seed?: number | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called once, when every device answers. */
  readonly onReady?: () => void;
}

/** The OPC UA nodes follow each change when it happens; the Modbus devices compute their registers when asked. */
const SHORTEST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 500;
const TRUTH_EVERY_MS = 2_000;
/** On a start the nodes play so much of the past, so that each carries the time of its own last change. */
const REPLAY = 24 * MICROS_PER_HOUR;

/** Runs until the signal aborts. Throws when a port is taken or the folder belongs to another seed. */
export async function runDemo({ plant, folder, clock, seed, log, signal, onReady }: DemoOptions): Promise<void> {
  const factory = openFactory({ plant, folder, now: clock.now(), seed });
  const truth = openTruth(plant, factory, folder);
  // What a client does wrong is the client's to say; on our output it would hide what we say.
  setWarningLogger((...words: readonly unknown[]) => log.debug(words.map(String).join(" ")));
  setErrorLogger((...words: readonly unknown[]) => log.debug(words.map(String).join(" ")));
  await using devices = new AsyncDisposableStack();
  const mill = devices.use(
    await prepareOpcuaServer(
      { endpoint: endpointOf(plant, "mill"), name: "mill", nodesets: millNodesets, folder },
      buildMill,
    ),
  );
  const packer = devices.use(
    await prepareOpcuaServer(
      { endpoint: endpointOf(plant, "packer"), name: "packer", nodesets: packerNodesets, folder },
      (space, namespace) => buildPacker(plant, space, namespace),
    ),
  );
  const followers: readonly Follower[] = [
    { id: "mill", show: mill.nodes },
    { id: "packer", show: packer.nodes },
  ];
  // Before any client is let in: a counter that shows 0 for a moment would be read as one that began anew.
  let shown = replay(factory, followers, clock.now());
  await opened(plant, "mill", mill.start());
  await opened(plant, "packer", packer.start());
  for (const [connection, list] of [
    ["press", [pressDevice(factory)]],
    ["meters", meterDevices(factory)],
  ] as const) {
    const options = { ...addressOf(plant, connection), devices: list, now: () => clock.now(), log };
    devices.use(await opened(plant, connection, startModbusServer(options)));
  }
  truth.writeUntil(shown);
  log.info({ seed: factory.seed, epoch: factory.epoch, speed: clock.speed }, "demo factory runs");
  onReady?.();
  let truthAt = performance.now();
  while (!signal.aborted) {
    await sleep(untilNext(factory, followers, shown, clock), undefined, { signal }).catch(() => undefined);
    const now = clock.now();
    follow(factory, followers, shown, now);
    shown = micros(Math.max(shown, now));
    if (performance.now() - truthAt < TRUTH_EVERY_MS) continue;
    truthAt = performance.now();
    truth.writeUntil(shown);
    for (const machine of factory.machines) machine.forget(micros(truth.writtenTo() - MICROS_PER_HOUR));
  }
  truth.writeUntil(shown);
}

/** Milliseconds to the next change, so that a client that reads just after it is not told the old value. */
function untilNext(factory: Factory, followers: readonly Follower[], shown: Micros, clock: Clock): number {
  const horizon = micros(shown + LONGEST_WAIT_MS * MICROS_PER_MILLI * Math.max(1, clock.speed));
  let next = horizon;
  for (const { id } of followers) {
    for (const { time } of factory.machine(id).moments({ from: shown, to: next })) {
      next = time;
      break;
    }
  }
  const wait = (next - clock.now()) / clock.speed / MICROS_PER_MILLI;
  return Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, wait));
}

async function opened<Device>(plant: PlantConfig, connection: string, starting: Promise<Device>): Promise<Device> {
  try {
    return await starting;
  } catch (cause) {
    const config = plant.connections[connection];
    const address = config?.protocol === "opcua" ? config.endpoint : JSON.stringify(addressOf(plant, connection));
    throw new Error(
      `connections.${connection}: the demo device cannot listen at ${address} (${String(cause)}). Stop what uses the port, perhaps another demo, or change it in the configuration.`,
      { cause },
    );
  }
}

type Follower = { readonly id: string; readonly show: Show };

function replay(factory: Factory, followers: readonly Follower[], now: Micros): Micros {
  const from = micros(Math.max(factory.epoch, now - REPLAY));
  for (const { id, show } of followers) show(factory.machine(id).at(from));
  follow(factory, followers, micros(from + 1), micros(now + 1));
  return micros(now + 1);
}

function follow(factory: Factory, followers: readonly Follower[], from: Micros, to: Micros): void {
  for (const { id, show } of followers) for (const moment of factory.machine(id).moments({ from, to })) show(moment);
}

function endpointOf(plant: PlantConfig, connection: string): string {
  const config = plant.connections[connection];
  if (config?.protocol === "opcua") return config.endpoint;
  throw new Error(`connections.${connection}: the demo factory needs an OPC UA endpoint here, as in config/demo.yaml`);
}

function addressOf(plant: PlantConfig, connection: string): { host: string; port: number } {
  const config = plant.connections[connection];
  if (config?.protocol === "modbus" && config.transport === "tcp") return { host: config.host, port: config.port };
  throw new Error(`connections.${connection}: the demo factory needs Modbus TCP here, as in config/demo.yaml`);
}
