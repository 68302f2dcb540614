/** The demo factory as a process: its devices on loopback sockets, and its truth beside them. */
import { setTimeout as sleep } from "node:timers/promises";
import { setErrorLogger, setWarningLogger } from "node-opcua";
import type { PlantConfig } from "../config/schema.ts";
import type { Log } from "../log.ts";
import { micros, MICROS_PER_HOUR, type Micros } from "../model/units.ts";
import type { Clock } from "../model/time.ts";
import type { Factory } from "./factory.ts";
import { meterDevices, pressDevice, type ModbusDevice } from "./modbus/devices.ts";
import { startModbusServer } from "./modbus/server.ts";
import { buildMill, millNodesets } from "./opcua/mill.ts";
import { buildPacker, packerNodesets } from "./opcua/packer.ts";
import { startOpcuaServer } from "./opcua/server.ts";
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

/** How often the OPC UA nodes follow the factory; the Modbus devices compute their registers when asked. */
const TICK_MS = 50;
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
  const followers: Follower[] = [];

  const mill = await startOpcuaServer(
    { endpoint: endpointOf(plant, "mill"), name: "mill", nodesets: millNodesets, folder },
    buildMill,
  );
  devices.use(mill);
  followers.push({ id: "mill", show: mill.nodes });
  const packer = await startOpcuaServer(
    { endpoint: endpointOf(plant, "packer"), name: "packer", nodesets: packerNodesets, folder },
    (space, namespace) => buildPacker(plant, space, namespace),
  );
  devices.use(packer);
  followers.push({ id: "packer", show: packer.nodes });
  const modbus = async (connection: string, list: readonly ModbusDevice[]): Promise<void> => {
    devices.use(
      await startModbusServer({ ...addressOf(plant, connection), devices: list, now: () => clock.now(), log }),
    );
  };
  await modbus("press", [pressDevice(factory)]);
  await modbus("meters", meterDevices(factory));

  let shown = replay(factory, followers, clock.now());
  truth.writeUntil(shown);
  log.info({ seed: factory.seed, epoch: factory.epoch, speed: clock.speed }, "demo factory runs");
  onReady?.();
  let truthAt = performance.now();
  while (!signal.aborted) {
    await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
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
