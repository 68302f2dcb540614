/** `fieldlab read`: what one connection gives now, straight from its adapter, without storing anything. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { protocols } from "../../adapters/index.ts";
import { tell } from "../edge/words.ts";
import { nearest } from "../config/nearest.ts";
import type { PlantConfig } from "../config/schema.ts";
import type { AdapterContext, Reading, Trouble } from "../model/protocol.ts";
import { DURATION_FACTORS, parseQuantity } from "../model/quantity.ts";
import { wallClock } from "../model/time.ts";
import { MICROS_PER_MILLI } from "../model/units.ts";
import type { Given } from "./command.ts";
import { Ends, EXIT, type ExitCode } from "./exit.ts";
import { choosePlant } from "./plant.ts";
import { endSignal } from "./process.ts";
import { age, printable, table } from "./table.ts";

type Connection = PlantConfig["connections"][string];

/** With --once: how long tags may take to answer. */
const ONCE_WITHIN_MS = 10_000;
/** Pause before a driver that gave up is run again. */
const RETRY_MS = 2_000;

interface Seen {
  readonly readings: Map<string, Reading>;
  readonly troubles: Map<string, Trouble>;
  trouble: Trouble | undefined;
}

export async function run(given: Given): Promise<ExitCode> {
  const { plant, folder } = choosePlant(given);
  const [name = ""] = given.words;
  const connection = find(plant, name);
  const interval = intervalOf(given.text("interval"));
  const stop = new AbortController();
  using end = endSignal();
  const signal = AbortSignal.any([end.signal, stop.signal]);
  const seen: Seen = { readings: new Map(), troubles: new Map(), trouble: undefined };
  // The edge's own folder: a server that trusts the edge's certificate then trusts ours.
  const reading = keepReading(connection, contextOf(seen, join(folder, "connections", name)), seen, signal);
  const show = () =>
    process.stdout.write(given.flag("json") ? json(name, connection, seen) : text(name, connection, seen));
  if (given.flag("once")) {
    await untilAnswered(connection, seen, signal);
    show();
  } else {
    while (!signal.aborted) {
      await sleep(interval, undefined, { signal }).catch(() => undefined);
      if (process.stdout.isTTY) process.stdout.write("\u001b[H\u001b[2J");
      show();
    }
  }
  stop.abort();
  await Promise.race([reading, sleep(1_000)]);
  if (seen.readings.size === 0 && seen.trouble !== undefined) return EXIT.unreachable;
  return given.flag("once") && Object.keys(connection.tags).some((tag) => !isGood(seen, tag)) ? EXIT.failed : EXIT.ok;
}

function find(plant: PlantConfig, name: string): Connection {
  const connection = plant.connections[name];
  if (connection !== undefined) return connection;
  const names = Object.keys(plant.connections);
  const meant = nearest(name, names);
  const advice = meant === undefined ? `connections: ${names.join(", ")}` : `did you mean "${meant}"?`;
  throw new Ends(EXIT.usage, `there is no connection "${name}"; ${advice}`);
}

function intervalOf(text = "1 s"): number {
  const interval = parseQuantity(text, DURATION_FACTORS);
  if (interval !== undefined && interval >= 100) return interval;
  throw new Ends(EXIT.usage, `--interval is "${text}"; expected a duration of at least 100 ms, such as "2 s"`);
}

const isGood = ({ readings, troubles }: Seen, tag: string): boolean =>
  readings.get(tag)?.quality === "good" && !troubles.has(tag);

const contextOf = (seen: Seen, folder: string): AdapterContext => ({
  now: () => wallClock.now(),
  speed: 1,
  folder,
  emit: (readings) => {
    for (const reading of readings) seen.readings.set(reading.tag, reading);
  },
  trouble: (trouble) => {
    if (trouble.tag === undefined) seen.trouble = trouble;
    else seen.troubles.set(trouble.tag, trouble);
  },
  well: (tag) => {
    if (tag === undefined) seen.trouble = undefined;
    else seen.troubles.delete(tag);
  },
  note: (note) => process.stderr.write(`${printable(note)}\n`),
  gap: () => undefined,
});

async function keepReading(
  connection: Connection,
  context: AdapterContext,
  seen: Seen,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await (connection.protocol === "opcua"
        ? protocols.opcua.run(connection, context, signal)
        : protocols.modbus.run(connection, context, signal));
    } catch (error) {
      seen.trouble ??= tell("edge.threw", { detail: error instanceof Error ? error.message : String(error) });
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Until every tag has said something, or the connection itself cannot. */
async function untilAnswered({ tags }: Connection, seen: Seen, signal: AbortSignal): Promise<void> {
  const end = performance.now() + ONCE_WITHIN_MS;
  while (performance.now() < end && !signal.aborted) {
    if (Object.keys(tags).every((tag) => seen.readings.has(tag) || seen.troubles.has(tag))) return;
    if (seen.trouble !== undefined && seen.readings.size === 0 && performance.now() > end - ONCE_WITHIN_MS / 2) return;
    await sleep(50, undefined, { signal }).catch(() => undefined);
  }
}

interface Row {
  readonly tag: string;
  readonly value: number | string | boolean | null;
  readonly unit: string | null;
  readonly quality: string | null;
  readonly ageMs: number | null;
  readonly error: string | null;
  readonly advice: string | null;
}

function rowsOf({ tags }: Connection, { readings, troubles }: Seen): Row[] {
  return Object.entries(tags).map(([tag, { unit, scale, offset }]) => {
    const reading = readings.get(tag);
    const trouble = troubles.get(tag);
    const value = reading?.value ?? null;
    return {
      tag,
      value: typeof value === "number" ? value * scale + offset : value,
      unit: unit ?? null,
      quality: reading?.quality ?? null,
      ageMs: reading === undefined ? null : Math.max(0, (wallClock.now() - reading.time) / MICROS_PER_MILLI),
      error: trouble?.reason ?? null,
      advice: trouble?.advice ?? null,
    };
  });
}

function json(name: string, connection: Connection, seen: Seen): string {
  const { reason = null, advice = null } = seen.trouble ?? {};
  return `${JSON.stringify({ connection: name, error: reason, advice, tags: rowsOf(connection, seen) }, null, 2)}\n`;
}

/** What a 32-bit float can tell: 456.7 instead of 456.70001220703125; --json gives every digit. */
const FLOAT_DIGITS = 7;
const shown = (value: number | string | boolean): string =>
  typeof value === "number" && !Number.isInteger(value) && Math.abs(value) < 10 ** FLOAT_DIGITS
    ? String(Number(value.toPrecision(FLOAT_DIGITS)))
    : String(value);

function text(name: string, connection: Connection, seen: Seen): string {
  const { trouble } = seen;
  const head =
    trouble === undefined
      ? `${name} (${connection.protocol})`
      : `${name}: ${printable(trouble.reason)}\n→ ${printable(trouble.advice)}`;
  const columns = [
    { title: "tag" },
    { title: "value", align: "right" as const },
    { title: "unit" },
    { title: "quality" },
    { title: "age", align: "right" as const },
    { title: "error" },
    { title: "what to do" },
  ];
  const rows = rowsOf(connection, seen).map(({ tag, value, unit, quality, ageMs, error, advice }) => [
    tag,
    value === null ? "–" : shown(value),
    unit ?? "",
    quality ?? "no answer yet",
    ageMs === null ? "" : age(ageMs),
    error ?? "",
    advice ?? "",
  ]);
  return `${head}\n${table(columns, rows)}`;
}
