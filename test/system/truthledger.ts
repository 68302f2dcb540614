/** The simulator's truth files, read as anyone could, and held against what the gateway's API says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { PlantConfig } from "../../gateway/config/schema.ts";
import { LEDGER_STATES, type LedgerState } from "../../gateway/model/states.ts";
import { parseInstant, type Range } from "../../gateway/model/time.ts";
import { micros, type Micros } from "../../gateway/model/units.ts";
import type { LedgerReply, TimelineReply } from "../../gateway/site/api/replies.ts";

const text = z.string().nullable();
const Line = z.object({
  from: z.string(),
  to: z.string(),
  state: z.enum(LEDGER_STATES),
  planned: z.enum(["busy", "break", "none"]),
  shift: text,
  reason: text,
  order: text,
  product: text,
  total: z.int(),
  good: z.int(),
  scrap: z.int(),
  energyMwh: z.number(),
});

/** What a machine did in a stretch of time: of the truth or of the gateway. */
export interface Stretch extends Range {
  readonly state: LedgerState;
  readonly category: LedgerState;
  readonly reason: string | null;
  readonly order: string | null;
  readonly product: string | null;
}
export interface True extends Stretch {
  readonly planned: "busy" | "break" | "none";
  readonly total: number;
  readonly good: number;
  readonly scrap: number;
  readonly wh: number;
}

/** Stretches of a range. One that reaches over its border is cut, which is exact only where nothing was made. */
export function truthIn(folder: string, machine: string, range: Range): True[] {
  return readFileSync(join(folder, "truth", `${machine}.jsonl`), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => Line.parse(JSON.parse(line)))
    .flatMap((line): True[] => {
      const [start, end] = [at(line.from), at(line.to)];
      const [from, to] = [micros(Math.max(start, range.from)), micros(Math.min(end, range.to))];
      if (to <= from) return [];
      const whole = from === start && to === end;
      if (!whole && line.total > 0) throw new Error(`${machine}: the range cuts a stretch with parts, ${line.from}`);
      const { state, planned, reason, order, product, total, good, scrap, energyMwh } = line;
      const category = planned === "none" ? "unscheduled" : planned === "break" ? "plannedStop" : state;
      const wh = ((energyMwh / 1000) * (to - from)) / (end - start);
      return [{ from, to, state, category, planned, reason, order, product, total, good, scrap, wh }];
    });
}

export function gatewayStretches({ slices }: z.infer<typeof TimelineReply>, range: Range): Stretch[] {
  return slices.flatMap(({ from, to, state, machineState, reason, order, product }): Stretch[] => {
    const cut = { from: micros(Math.max(at(from), range.from)), to: micros(Math.min(at(to), range.to)) };
    return cut.to > cut.from ? [{ ...cut, category: state, state: machineState, reason, order, product }] : [];
  });
}

export interface Figures {
  readonly availability: number;
  readonly performance: number | null;
  readonly quality: number | null;
  readonly total: number;
  readonly good: number;
  readonly scrap: number;
  readonly wh: number;
}

/** By hand from KPI.md §1: planned busy time without planned stops, and what was made in it. */
export function figuresOfTruth(plant: PlantConfig, machine: string, lines: readonly True[]): Figures {
  const busy = lines.filter(({ planned, state }) => planned === "busy" && state !== "plannedStop");
  const ideal = (list: readonly True[], count: "total" | "good") =>
    sum(list, (line) => line[count] * idealCycleMs(plant, machine, line.product));
  const planned = sum(busy, lengthMs);
  const producing = sum(
    busy.filter(({ state }) => state === "producing"),
    lengthMs,
  );
  const counts = plant.machines[machine]?.signals.totalCount !== undefined;
  return {
    availability: producing / planned,
    performance: counts && producing > 0 ? ideal(busy, "total") / producing : null,
    quality: counts && ideal(busy, "total") > 0 ? ideal(busy, "good") / ideal(busy, "total") : null,
    total: sum(lines, ({ total }) => total),
    good: sum(lines, ({ good }) => good),
    scrap: sum(lines, ({ scrap }) => scrap),
    wh: sum(lines, ({ wh }) => wh),
  };
}

export const figuresOfGateway = ({ sums, kpi }: z.infer<typeof LedgerReply>): Figures => ({
  availability: kpi.availability ?? Number.NaN,
  performance: kpi.performance,
  quality: kpi.quality,
  total: sums.total,
  good: sums.good,
  scrap: sums.scrap,
  wh: sums.energyWh,
});

const idealCycleMs = (plant: PlantConfig, machine: string, product: string | null): number =>
  (product === null ? undefined : plant.products[product]?.idealCycleOn[machine]) ?? 0;

/**
 * How long the two say different things without a pause, at most, in ms. It is the error of every border at once: a
 * border that is missing, late or too many makes a difference as long as the error.
 */
export function longestDifferenceMs(truth: readonly Stretch[], found: readonly Stretch[], key: keyof Stretch): number {
  let [longest, start, end] = [0, 0, 0];
  for (let i = 0, k = 0; i < truth.length && k < found.length;) {
    const [a, b] = [truth[i], found[k]];
    if (a === undefined || b === undefined) break;
    const [from, to] = [Math.max(a.from, b.from), Math.min(a.to, b.to)];
    if (to > from && a[key] !== b[key]) {
      if (from !== end) start = from;
      end = to;
      longest = Math.max(longest, end - start);
    }
    if (a.to <= b.to) i++;
    else k++;
  }
  return longest / 1000;
}

/** Borders between different states. */
export function bordersOf(stretches: readonly Stretch[]): { readonly time: Micros; readonly to: LedgerState }[] {
  return stretches.flatMap(({ from, state }, i) => {
    const before = stretches[i - 1];
    return before === undefined || before.state === state ? [] : [{ time: from, to: state }];
  });
}

/** One line per machine and figure: truth, gateway, difference. */
export function comparison(title: string, rows: readonly (readonly [string, Figures, Figures, number])[]): string {
  const head = "machine  figure              truth      gateway   difference";
  const lines = rows.flatMap(([machine, truth, found, stateMs]) => [
    ...(["availability", "performance", "quality"] as const).map((name) => {
      const [a, b] = [truth[name], found[name]];
      if (a === null || b === null)
        return `${machine.padEnd(8)} ${name.padEnd(12)} ${"–".padStart(11)} ${"–".padStart(12)}`;
      return row(
        machine,
        name,
        `${(a * 100).toFixed(3)} %`,
        `${(b * 100).toFixed(3)} %`,
        `${((b - a) * 100).toFixed(4)} pp`,
      );
    }),
    ...(["total", "good", "scrap"] as const).map((name) =>
      row(machine, name, String(truth[name]), String(found[name]), String(found[name] - truth[name])),
    ),
    row(
      machine,
      "energy",
      `${truth.wh.toFixed(1)} Wh`,
      `${found.wh.toFixed(1)} Wh`,
      `${((found.wh / truth.wh - 1) * 100).toFixed(4)} %`,
    ),
    row(machine, "states", "", "", `${stateMs.toFixed(0)} ms`),
  ]);
  return `${title}\n${[head, ...lines].join("\n")}\n`;
}

const row = (machine: string, name: string, ...cells: readonly [string, string, string]): string =>
  `${machine.padEnd(8)} ${name.padEnd(12)} ${cells.map((cell) => cell.padStart(12)).join(" ")}`;
const at = (instant: string): Micros => {
  const time = parseInstant(instant);
  if (time === undefined) throw new Error(`"${instant}" is no instant`);
  return time;
};
const lengthMs = ({ from, to }: Range): number => (to - from) / 1000;
const sum = <Item>(items: readonly Item[], value: (item: Item) => number): number =>
  items.reduce((total, item) => total + value(item), 0);
