/** The whole plant now: a tile per machine, a figure per line, the power of the main meter. */
import type { z } from "zod";
import type { PlantConfig } from "../../../config/schema.ts";
import { formatInstant, type Clock } from "../../../model/time.ts";
import { machineId, type Micros, type TagId } from "../../../model/units.ts";
import type { OverviewReply } from "../replies.ts";
import type { Running } from "../source.ts";
import { idealCycle, machineTile, meanIdealCycle, powerNow } from "./tile.ts";

type Reply = z.infer<typeof OverviewReply>;
type Tile = Reply["machines"][number];

/** Many screens that open at once are answered by one computation. */
const REUSE_MS = 500;
const made = new WeakMap<Running, { readonly at: number; readonly reply: Reply }>();

export function overviewReply(plant: PlantConfig, clock: Clock, running: Running): Reply {
  const known = made.get(running);
  if (known !== undefined && performance.now() - known.at < REUSE_MS) return known.reply;
  const reply = overviewAt(plant, clock.now(), running);
  made.set(running, { at: performance.now(), reply });
  return reply;
}

export function overviewAt(plant: PlantConfig, now: Micros, running: Running): Reply {
  const machines = Object.keys(plant.machines).map((id) => machineTile(plant, now, running, machineId(id)));
  return {
    now: formatInstant(now),
    machines,
    lines: Object.keys(plant.lines).map((line) => lineFigures(plant, line, machines)),
    mainPowerW: powerNow(plant, running, plant.energy.mainMeter?.power as TagId | undefined, now)?.watts ?? null,
  };
}

/** A line has the figures of its constraint, and the good parts of its last machine that counts. */
function lineFigures(plant: PlantConfig, line: string, tiles: readonly Tile[]): Reply["lines"][number] {
  const own = tiles.filter(({ machine }) => plant.machines[machine]?.line === line);
  const configured = plant.lines[line]?.constraint;
  const constraint = own.find(({ machine }) => machine === configured) ?? slowest(plant, own);
  const last = own.findLast(({ machine }) => {
    const signals = plant.machines[machine]?.signals;
    return (signals?.goodCount ?? signals?.totalCount) !== undefined;
  });
  const powers = own.map(({ powerW }) => powerW).filter((power) => power !== null);
  return {
    line,
    constraint: constraint?.machine ?? null,
    kpi: constraint?.kpi ?? null,
    good: last?.sums.good ?? 0,
    powerW: powers.length === 0 ? null : powers.reduce((sum, power) => sum + power, 0),
  };
}

/** The machine with the least ideal output: the longest ideal cycle of what it makes. */
function slowest(plant: PlantConfig, tiles: readonly Tile[]): Tile | undefined {
  const cycle = (tile: Tile) =>
    meanIdealCycle(tile.sums) ?? idealCycle(plant, machineId(tile.machine), tile.product) ?? 0;
  return tiles.filter((tile) => cycle(tile) > 0).sort((a, b) => cycle(b) - cycle(a))[0];
}
