/** How the machines of the demo say what they do: the words, numbers and registers of each device. Data and pure maps. */
import { MICROS_PER_SECOND } from "../model/units.ts";
import type { Activity } from "./profiles.ts";
import type { Moment } from "./factory.ts";

/** Numbers of PackML's states (ISA-TR88.00.02) and unit modes (OPC 30050, 1 production, 2 maintenance, 3 manual). */
const PACKML: Readonly<Record<Activity, { readonly state: number; readonly mode: number }>> = {
  run: { state: 6, mode: 1 },
  warmUp: { state: 3, mode: 1 },
  setup: { state: 4, mode: 3 },
  maintenance: { state: 2, mode: 2 },
  breakdown: { state: 9, mode: 1 },
  minorStop: { state: 11, mode: 1 },
  starved: { state: 5, mode: 1 },
  blocked: { state: 5, mode: 1 },
  idle: { state: 4, mode: 1 },
  off: { state: 2, mode: 1 },
};

/** The same state in the words of the state machines of OPC 30050, outermost first. */
export const PACKML_NAMES: Readonly<Record<number, readonly string[]>> = {
  2: ["Cleared", "Stopped"],
  3: ["Cleared", "Running", "Starting"],
  4: ["Cleared", "Running", "Idle"],
  5: ["Cleared", "Running", "Suspended"],
  6: ["Cleared", "Running", "Execute"],
  9: ["Aborted"],
  11: ["Cleared", "Running", "Held"],
};

interface MillWords {
  readonly program: string;
  readonly mode: string;
  readonly item: string;
  /** MachineOperationMode of OPC 40501-1: 1 automatic, 2 set-up, 4 service. */
  readonly operation: number;
}

/** States of OPC 40501-1 (active program) and OPC 40001-1 (operation mode, item). */
const MILL: Readonly<Record<Activity, MillWords>> = {
  run: { program: "Running", mode: "Processing", item: "Executing", operation: 1 },
  warmUp: { program: "Initializing", mode: "Processing", item: "NotExecuting", operation: 1 },
  setup: { program: "Ended", mode: "Setup", item: "NotExecuting", operation: 2 },
  maintenance: { program: "Ended", mode: "Maintenance", item: "OutOfService", operation: 4 },
  breakdown: { program: "Aborted", mode: "Processing", item: "OutOfService", operation: 1 },
  minorStop: { program: "Interrupted", mode: "Processing", item: "NotExecuting", operation: 1 },
  starved: { program: "Ended", mode: "Processing", item: "NotExecuting", operation: 1 },
  blocked: { program: "Ended", mode: "Processing", item: "NotExecuting", operation: 1 },
  idle: { program: "Ended", mode: "Processing", item: "NotExecuting", operation: 1 },
  off: { program: "Ended", mode: "None", item: "NotExecuting", operation: 1 },
};

/** The press's own state word, as the maker's manual would list it; `config/demo.yaml` maps it. */
const PRESS: Readonly<Record<Activity, number>> = {
  off: 0,
  run: 1,
  setup: 2,
  breakdown: 3,
  minorStop: 4,
  starved: 5,
  blocked: 6,
  idle: 7,
  maintenance: 8,
  warmUp: 9,
};

/** What the counters stood at on the epoch: a used machine, and 16 bits that wrap within the first weeks. */
export const COUNTERS_AT_EPOCH = {
  pressTotal: 48_213,
  pressScrap: 65_180,
  packerTotal: 3_412_907,
  packerScrap: 40_118,
  millLifetime: 88_412,
} as const;
const WRAP_16 = 2 ** 16;

const cycleShare = ({ segment }: Moment): number =>
  segment.cycle === 0 || segment.product === null ? 0 : segment.product.cycle / segment.cycle;

export const packer = {
  state: (moment: Moment) => PACKML[moment.segment.activity].state,
  mode: (moment: Moment) => PACKML[moment.segment.activity].mode,
  starved: (moment: Moment) => moment.segment.activity === "starved",
  blocked: (moment: Moment) => moment.segment.activity === "blocked",
  stopReason: (moment: Moment) => moment.segment.code,
  processed: (moment: Moment) => COUNTERS_AT_EPOCH.packerTotal + moment.total,
  defective: (moment: Moment) => COUNTERS_AT_EPOCH.packerScrap + moment.scrap,
  speed: ({ segment }: Moment) => Math.fround(segment.cycle === 0 ? 0 : (60 * MICROS_PER_SECOND) / segment.cycle),
  product: (moment: Moment) => Number(moment.segment.product?.shown ?? 0),
  order: (moment: Moment) => moment.segment.order ?? "",
} as const;

export const mill = {
  program: (moment: Moment) => MILL[moment.segment.activity].program,
  mode: (moment: Moment) => MILL[moment.segment.activity].mode,
  item: (moment: Moment) => MILL[moment.segment.activity].item,
  operation: (moment: Moment) => MILL[moment.segment.activity].operation,
  programName: (moment: Moment) => moment.segment.product?.shown ?? "",
  job: (moment: Moment) => moment.segment.order ?? "",
  partsCompleted: (moment: Moment) => moment.orderTotal,
  partsGood: (moment: Moment) => moment.orderTotal - moment.orderScrap,
  lifetime: (moment: Moment) => COUNTERS_AT_EPOCH.millLifetime + moment.total,
  feedOverride: (moment: Moment) => Math.round(cycleShare(moment) * 100),
} as const;

export const press = {
  state: (moment: Moment) => PRESS[moment.segment.activity],
  stopCode: (moment: Moment) => moment.segment.code,
  productCode: (moment: Moment) => Number(moment.segment.product?.shown ?? 0),
  total: (moment: Moment) => (COUNTERS_AT_EPOCH.pressTotal + moment.total) % WRAP_16,
  scrap: (moment: Moment) => (COUNTERS_AT_EPOCH.pressScrap + moment.scrap) % WRAP_16,
  /** Kilonewtons: harder when the press is run faster, none when it stands. */
  force: (moment: Moment) => Math.fround(Math.round(cycleShare(moment) * 2_500) / 10),
} as const;

export interface Meter {
  /** The machine that it measures, or "main". */
  readonly of: string;
  readonly unit: number;
  readonly model: "SDM630" | "iEM3155";
  /** Import at the epoch. */
  readonly wattHoursAtEpoch: number;
}

export const METERS: readonly Meter[] = [
  { of: "main", unit: 1, model: "iEM3155", wattHoursAtEpoch: 812_345_678 },
  { of: "saw", unit: 11, model: "SDM630", wattHoursAtEpoch: 9_871_230 },
  { of: "press", unit: 12, model: "SDM630", wattHoursAtEpoch: 41_234_560 },
  { of: "mill", unit: 13, model: "iEM3155", wattHoursAtEpoch: 66_120_334 },
  { of: "packer", unit: 14, model: "iEM3155", wattHoursAtEpoch: 38_400_921 },
];

/** The figure in a meter's power register: kW of an iEM3155, W of an SDM630, both as float32. */
export const shownPower = (meter: Meter, watts: number): number =>
  meter.model === "iEM3155" ? Math.fround(Math.round(watts) / 1000) : Math.fround(Math.round(watts * 10) / 10);

/** The figure in its import register: whole Wh of an iEM3155, kWh to the hundredth as float32 of an SDM630. */
export function shownEnergy(meter: Meter, milliwattHours: number): number {
  const wattHours = meter.wattHoursAtEpoch + milliwattHours / 1000;
  return meter.model === "iEM3155" ? Math.floor(wattHours) : Math.fround(Math.floor(wattHours / 10) / 100);
}
