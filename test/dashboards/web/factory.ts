/** Replies of a small factory on one morning, valid by the API's own schemas: what the pages are driven against. */
import type { z } from "zod";
import * as replies from "../../../gateway/site/api/replies.ts";
import { LEDGER_STATES, type LedgerState } from "../../../gateway/model/states.ts";

type Reply<Schema extends z.ZodType> = z.output<Schema>;
export type Scenario = "running" | "noMachines" | "noData";

/** A Tuesday morning in winter: 11:37 in Amsterdam, five and a half hours into the early shift. */
export const NOW = Date.parse("2026-11-24T10:37:20Z");
const SHIFT_FROM = Date.parse("2026-11-24T05:00:00Z");
export const HOUR = 3_600_000;
export const MINUTE = 60_000;
export const iso = (at: number): string => new Date(at).toISOString();

interface Stretch {
  readonly state: LedgerState;
  readonly minutes: number;
  readonly reason?: string;
}
const MACHINES = [
  {
    id: "lathe",
    name: "Draaibank CTX",
    line: "line1",
    power: 11_400,
    parts: true,
    inferred: false,
    state: "producing",
  },
  {
    id: "packer",
    name: "Verpakkingsmachine 3",
    line: "line1",
    power: 4200,
    parts: true,
    inferred: false,
    state: "starved",
  },
  { id: "press", name: "Pers 160 t", line: "line1", power: 6800, parts: true, inferred: false, state: "breakdown" },
  { id: "saw", name: "Zaag", line: "line2", power: 950, parts: false, inferred: true, state: "idle" },
  { id: "oven", name: "Hardingsoven", line: "line2", power: 22_500, parts: false, inferred: false, state: "unknown" },
] as const;

/** The morning of one machine; ends with the state that its tile shows. */
function morning(machine: (typeof MACHINES)[number]): readonly Stretch[] {
  return [
    { state: "setup", minutes: 18 },
    { state: "producing", minutes: 52 },
    { state: "minorStop", minutes: 3, reason: "Doorvoer vastgelopen" },
    { state: "producing", minutes: 44 },
    { state: "plannedStop", minutes: 15 },
    { state: "producing", minutes: 38 },
    { state: "breakdown", minutes: 27, reason: "Hydrauliek: druk te laag" },
    { state: "producing", minutes: 41 },
    { state: "unknown", minutes: 22 },
    { state: "producing", minutes: 36 },
    { state: "blocked", minutes: 6 },
    { state: "producing", minutes: 23 },
    {
      state: machine.state,
      minutes: 12.333,
      ...(machine.state === "breakdown" ? { reason: "Lichtscherm onderbroken" } : {}),
    },
  ];
}

function slicesOf(machine: (typeof MACHINES)[number]): Reply<typeof replies.SliceReply>[] {
  let at = SHIFT_FROM;
  return morning(machine).map(({ state, minutes, reason }) => {
    const from = at;
    at = Math.min(NOW, at + minutes * MINUTE);
    const good = state === "producing" && machine.parts ? Math.round(minutes * 4.2) : 0;
    return {
      from: iso(from),
      to: iso(at),
      state,
      machineState: state === "plannedStop" ? "idle" : state,
      shift: "2026-11-24/vroeg",
      reason: reason ?? null,
      order: "WO-20431",
      product: machine.parts ? "flens-80" : null,
      inferred: machine.inferred,
      good,
      scrap: Math.round(good * 0.02),
      energyWh: (machine.power * minutes * (state === "producing" ? 1 : 0.3)) / 60,
    };
  });
}

const IDEAL_MS = 12_500;
function sumsOf(machine: (typeof MACHINES)[number]): Reply<typeof replies.Sums> {
  const ms = Object.fromEntries(LEDGER_STATES.map((state) => [state, 0])) as Record<LedgerState, number>;
  const slices = slicesOf(machine);
  for (const slice of slices) ms[slice.state] += Date.parse(slice.to) - Date.parse(slice.from);
  const calendarMs = Object.values(ms).reduce((sum, part) => sum + part, 0);
  const plannedBusyMs = calendarMs - ms.plannedStop - ms.unscheduled;
  const good = slices.reduce((sum, slice) => sum + slice.good, 0);
  const scrap = slices.reduce((sum, slice) => sum + slice.scrap, 0);
  return {
    ms,
    calendarMs,
    plannedBusyMs,
    observedMs: plannedBusyMs - ms.unknown,
    total: good + scrap,
    good,
    scrap,
    rework: 0,
    idealTotalMs: (good + scrap) * IDEAL_MS,
    idealGoodMs: good * IDEAL_MS,
    unknownGood: 0,
    countedTotal: good + scrap,
    countedGood: good,
    countedScrap: scrap,
    withoutIdeal: 0,
    breakdowns: 1,
    unplannedGood: machine.id === "lathe" ? 7 : 0,
    energyWh: slices.reduce((sum, slice) => sum + slice.energyWh, 0),
    energyMs: calendarMs,
    inferredMs: machine.inferred ? calendarMs : 0,
  };
}

function kpiOf(machine: (typeof MACHINES)[number]): Reply<typeof replies.Kpi> {
  const sums = sumsOf(machine);
  const coverage = sums.observedMs / sums.plannedBusyMs;
  const over = (part: number, whole: number): number | null => (machine.parts && whole > 0 ? part / whole : null);
  return {
    definition: "ISO 22400-2, version 1",
    availability: sums.ms.producing / sums.observedMs,
    performance: over(sums.idealTotalMs, sums.ms.producing),
    quality: over(sums.idealGoodMs, sums.idealTotalMs),
    oee: over(sums.idealGoodMs, sums.observedMs),
    teep: over(sums.idealGoodMs, sums.calendarMs),
    oeeLow: over(sums.idealGoodMs, sums.plannedBusyMs),
    oeeHigh: over(sums.idealGoodMs / coverage, sums.plannedBusyMs),
    coverage,
    provisional: machine.id === "press",
    flags: machine.parts ? [] : machine.inferred ? ["noIdealCycle", "inferredStates"] : ["noIdealCycle"],
    mtbfMs: 2 * HOUR,
    mttrMs: 20 * MINUTE,
    scrapRatio: over(sums.scrap, sums.total),
    energyPerGoodWh: over(sums.energyWh, sums.good),
  };
}

const shift = (name: string, from: number): Reply<typeof replies.ShiftReply> => ({
  id: `2026-11-24/${name}`,
  day: iso(from).slice(0, 10),
  name,
  from: iso(from),
  to: iso(from + 8 * HOUR),
});
export const EARLY = shift("vroeg", SHIFT_FROM);
export const known = (scenario: Scenario) => (scenario === "noMachines" ? [] : MACHINES);
const machineOf = (id: string) => MACHINES.find((machine) => machine.id === id) ?? MACHINES[0];

export function plantReply(scenario: Scenario, language: "nl" | "en") {
  const machines = known(scenario);
  return replies.PlantReply.parse({
    enterprise: "Voorbeeld",
    site: "Werkplaats Noord",
    timeZone: "Europe/Amsterdam",
    language,
    demo: true,
    clock: { now: iso(NOW), speed: 1 },
    contractedPowerW: 55_000,
    lines: [
      { id: "line1", name: "Lijn 1 flenzen", constraint: "lathe" },
      { id: "line2", name: "Voorbewerking", constraint: null },
    ].filter(() => machines.length > 0),
    machines: machines.map(({ id, name, line, parts, inferred }) => ({
      id,
      name,
      line,
      hasParts: parts,
      hasEnergy: true,
      inferred,
      signals: [
        { role: "power", tag: `${id}-meter/power`, unit: "kW" },
        ...(parts ? [{ role: "goodCount", tag: `${id}/good`, unit: null }] : []),
      ],
    })),
    tags: machines.flatMap(({ id }) => [
      { id: `${id}-meter/power`, unit: "kW", description: null, numeric: true },
      { id: `${id}/good`, unit: null, description: null, numeric: true },
    ]),
  });
}

export function overviewReply(scenario: Scenario) {
  const machines = known(scenario);
  return replies.OverviewReply.parse({
    now: iso(NOW),
    machines: machines.map((machine) => {
      const slices = slicesOf(machine);
      const last = slices.at(-1);
      const sums = sumsOf(machine);
      return {
        machine: machine.id,
        state: scenario === "noData" ? "unknown" : machine.state,
        since: scenario === "noData" ? null : (last?.from ?? null),
        reason: scenario === "noData" ? null : (last?.reason ?? null),
        inferred: machine.inferred,
        product: machine.parts ? "flens-80" : null,
        order: null,
        shift: EARLY,
        figuresOf: EARLY,
        sums,
        kpi: kpiOf(machine),
        expectedGood: machine.parts ? sums.plannedBusyMs / IDEAL_MS : null,
        powerW: machine.state === "unknown" ? null : machine.power,
        powerAt: iso(NOW),
        partsPerHour: machine.parts ? 240 : null,
        recomputing: machine.id === "oven",
      };
    }),
    lines:
      machines.length === 0
        ? []
        : [
            {
              line: "line1",
              constraint: "lathe",
              kpi: kpiOf(MACHINES[0]),
              good: sumsOf(MACHINES[1]).good,
              powerW: 22_400,
            },
            { line: "line2", constraint: null, kpi: null, good: 0, powerW: 950 },
          ],
    mainPowerW: machines.length === 0 ? null : 48_300,
  });
}

export function timelineReply(machine: string, scenario: Scenario) {
  return replies.TimelineReply.parse({
    range: { from: EARLY.from, to: EARLY.to },
    slices: scenario === "noData" ? [] : slicesOf(machineOf(machine)),
    shifts: [EARLY],
    incidents: [INCIDENT],
  });
}
export const INCIDENT = {
  kind: "gap",
  tag: null,
  connection: "press",
  from: iso(SHIFT_FROM + 238 * MINUTE),
  to: iso(SHIFT_FROM + 260 * MINUTE),
  count: null,
  reason: "no answer from 192.168.1.20:502 within 1 s",
};

export function ledgerReply(machine: string) {
  const one = machineOf(machine);
  const sums = sumsOf(one);
  return replies.LedgerReply.parse({
    machine,
    range: { from: EARLY.from, to: EARLY.to },
    sums,
    kpi: kpiOf(one),
    products: one.parts
      ? [
          {
            product: "flens-80",
            total: sums.total,
            good: sums.good,
            scrap: sums.scrap,
            idealGoodMs: sums.idealGoodMs,
            energyWh: sums.energyWh,
          },
        ]
      : [],
    shifts: [{ shift: EARLY, sums, kpi: kpiOf(one) }],
  });
}

export function stopsReply(machine: string) {
  const stops = slicesOf(machineOf(machine))
    .filter(({ state }) => !["producing", "unscheduled", "plannedStop", "unknown"].includes(state))
    .map((slice) => {
      const ms = Date.parse(slice.to) - Date.parse(slice.from);
      return {
        state: slice.state,
        reason: slice.reason,
        count: 1,
        ms,
        longestMs: ms,
        energyWh: slice.energyWh,
        cost: slice.energyWh * 0.00021,
      };
    })
    .toSorted((a, b) => b.ms - a.ms);
  return replies.StopsReply.parse({ range: { from: EARLY.from, to: EARLY.to }, stops });
}

export const shiftsReply = () => ({ shifts: [shift("nacht", SHIFT_FROM - 8 * HOUR), EARLY] });

export function seriesReply(tag: string, from: number, to: number) {
  const end = Math.min(to, NOW);
  const time = Array.from({ length: 200 }, (_, index) => (from + ((end - from) * index) / 200) / 1000);
  const mean = time.map((_, index) => 11 + 4 * Math.sin(index / 9) + (index % 7) / 4);
  return replies.SeriesReply.parse({
    tag,
    unit: "kW",
    range: { from: iso(from), to: iso(to) },
    time,
    min: mean.map((value) => value - 1.5),
    max: mean.map((value) => value + 2),
    mean,
  });
}
