/** Plants and samples for the tests of the ledger, as short as they can be written. */
import { PlantConfig } from "../../../gateway/config/schema.ts";
import { machineDefinitions, type MachineDefinition } from "../../../gateway/kpi/machine.ts";
import type { Quality, Sample, Value } from "../../../gateway/model/sample.ts";
import { parseInstant } from "../../../gateway/model/time.ts";
import { machineId, micros, type MachineId, type Micros, type TagId } from "../../../gateway/model/units.ts";

export const PRESS: MachineId = machineId("press");

const TAGS = {
  state: {},
  mode: {},
  starved: {},
  blocked: {},
  reason: {},
  total: {},
  good: {},
  scrap: {},
  order: {},
  product: {},
  power: { unit: "W" },
  energy: { unit: "Wh" },
};

interface PlantParts {
  readonly signals?: object;
  readonly machine?: object;
  readonly shifts?: readonly object[];
  readonly holidays?: readonly string[];
  readonly products?: object;
  readonly timeZone?: string;
  readonly maxAge?: string;
  readonly energy?: object;
}

const ALL_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
export const ROUND_THE_CLOCK = [{ name: "day", days: ALL_DAYS, from: "00:00", to: "00:00" }];

export const ALL_SIGNALS = {
  state: { tag: "plc/state", table: "packml" },
  mode: { tag: "plc/mode", table: "packmlMode" },
  starved: { tag: "plc/starved" },
  blocked: { tag: "plc/blocked" },
  stopReason: { tag: "plc/reason", map: { 7: "jam" } },
  totalCount: { tag: "plc/total", width: 16 },
  scrapCount: { tag: "plc/scrap", width: 16 },
  order: { tag: "plc/order" },
  product: { tag: "plc/product" },
  power: { tag: "plc/power" },
  energyImport: { tag: "plc/energy" },
};

export function plantOf(parts: PlantParts = {}): PlantConfig {
  const maxAge = parts.maxAge ?? "60 s";
  return PlantConfig.parse({
    version: 1,
    site: { name: "test", timeZone: parts.timeZone ?? "Europe/Amsterdam" },
    connections: {
      plc: {
        protocol: "modbus",
        transport: "tcp",
        host: "127.0.0.1",
        tags: Object.fromEntries(
          Object.entries(TAGS).map(([name, fields], i) => [name, { register: `holding ${i}`, maxAge, ...fields }]),
        ),
      },
    },
    calendars: { main: { shifts: parts.shifts ?? ROUND_THE_CLOCK, holidays: parts.holidays ?? [] } },
    products: parts.products ?? {},
    lines: { line: { name: "line" } },
    machines: {
      press: {
        name: "press",
        line: "line",
        calendar: "main",
        signals: parts.signals ?? ALL_SIGNALS,
        idealCycle: "1 s",
        ...parts.machine,
      },
    },
    energy: parts.energy ?? {},
  });
}

export function machineOf(plant: PlantConfig): MachineDefinition {
  const [machine] = machineDefinitions(plant);
  if (machine === undefined) throw new Error("a plant without machine");
  return machine;
}

export const at = (text: string): Micros => {
  const time = parseInstant(text.length === 8 ? `2026-11-24T${text}Z` : text);
  if (time === undefined) throw new Error(`${text} is no instant`);
  return time;
};

export const seconds = (from: Micros, count: number): Micros => micros(from + count * 1_000_000);

export const sample = (
  name: string,
  time: Micros | string,
  value: Value | null,
  quality: Quality = value === null ? "bad" : "good",
): Sample => ({ tag: `plc/${name}` as TagId, time: typeof time === "string" ? at(time) : time, value, quality });
