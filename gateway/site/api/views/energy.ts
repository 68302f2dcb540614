/** Energy of a range: demand per quarter with its peak, base load, and what was spent on waiting and on parts. */
import type { z } from "zod";
import type { PlantConfig } from "../../../config/schema.ts";
import { calendarOf } from "../../../kpi/calendar.ts";
import { costOf, emissionsOf, factorOn, tariffsOf, type DatedFactor } from "../../../kpi/cost.ts";
import { energyUseOf, wattHours } from "../../../kpi/energyuse.ts";
import type { Slice } from "../../../kpi/ledger.ts";
import { MAIN_METER } from "../../../kpi/machine.ts";
import { addQuarters, baseLoadOf, peakOf, quartersOf } from "../../../kpi/quarters.ts";
import { formatInstant, type Range } from "../../../model/time.ts";
import { machineId, micros, QUARTER_MICROS, type MachineId, type Micros } from "../../../model/units.ts";
import type { EnergyReply } from "../replies.ts";
import type { Running } from "../source.ts";

type Reply = z.infer<typeof EnergyReply>;

const GRAMS_PER_KILOGRAM = 1000;

/** What energy costs and emits, by the factors of its day; null where a factor is missing. */
interface Pricing {
  cost(slices: readonly Slice[]): number | null;
  co2Kg(slices: readonly Slice[]): number | null;
  /** Source of the factors that are valid at the end of the range. */
  readonly tariffSource: string | null;
  readonly emissionSource: string | null;
}

/** @param range in whole quarters of an hour */
export function energyReply(plant: PlantConfig, now: Micros, { ledger }: Running, range: Range): Reply {
  const dayOf = dayOfQuarter(plant);
  const pricing = pricingOf(plant, dayOf, micros(Math.min(range.to - 1, now)));
  const meters = new Map(meteredMachines(plant).map((id) => [id, ledger.slices(id, range)]));
  const machineQuarters = new Map([...meters].map(([id, slices]) => [id, quartersOf(slices, range)]));
  const hasMain = plant.energy.mainMeter !== undefined;
  const main = hasMain ? ledger.slices(MAIN_METER, range) : undefined;
  const mainQuarters = main === undefined ? undefined : quartersOf(main, range);
  const demand = mainQuarters ?? addQuarters([...machineQuarters.values()]);
  const whole = main ?? [...meters.values()].flat().sort((a, b) => a.from - b.from);
  const contractedPowerW = plant.energy.contractedPower ?? null;
  const peak = peakOf(demand, machineQuarters);
  return {
    range: { from: formatInstant(range.from), to: formatInstant(range.to) },
    contractedPowerW,
    currency: "EUR",
    quarters: demand.map(({ from }, i) => ({
      from: formatInstant(from),
      mainW: mainQuarters?.[i]?.powerW ?? null,
      machinesW: Object.fromEntries([...machineQuarters].map(([id, list]) => [id, list[i]?.powerW ?? null])),
    })),
    peak: peak && {
      from: formatInstant(peak.from),
      powerW: peak.powerW,
      headroomW: contractedPowerW === null ? null : contractedPowerW - peak.powerW,
      shares: peak.shares,
    },
    baseLoadW: baseLoadOf(demand, dayOf),
    totalWh: wattHours(whole),
    cost: pricing.cost(whole),
    co2Kg: pricing.co2Kg(whole),
    tariffSource: pricing.tariffSource,
    emissionSource: pricing.emissionSource,
    machines: [...meters].map(([machine, slices]) => machineEnergy(machine, slices, pricing)),
    remainderWh: main === undefined ? null : wattHours(main) - wattHours([...meters.values()].flat()),
  };
}

/** Local day of an instant, asked of the time zone once per quarter: each meter asks for the same ones again. */
function dayOfQuarter(plant: PlantConfig): (time: Micros) => string {
  const calendar = calendarOf(plant, "");
  const days = new Map<number, string>();
  return (time) => {
    const quarter = Math.floor(time / QUARTER_MICROS);
    const day = days.get(quarter) ?? calendar.dayOf(time);
    days.set(quarter, day);
    return day;
  };
}

const meteredMachines = (plant: PlantConfig): MachineId[] =>
  Object.entries(plant.machines)
    .filter(([, { signals }]) => (signals.energyImport ?? signals.power) !== undefined)
    .map(([id]) => machineId(id));

function pricingOf(plant: PlantConfig, dayOf: (time: Micros) => string, last: Micros): Pricing {
  const tariffs = tariffsOf(plant);
  const emissions = emissionsOf(plant);
  const source = (factors: readonly DatedFactor[]) => factorOn(factors, dayOf(last))?.source ?? null;
  return {
    cost: (slices) => costOf(slices, tariffs, dayOf),
    co2Kg: (slices) => {
      const grams = costOf(slices, emissions, dayOf);
      return grams === null ? null : grams / GRAMS_PER_KILOGRAM;
    },
    tariffSource: source(tariffs),
    emissionSource: source(emissions),
  };
}

function machineEnergy(machine: MachineId, slices: readonly Slice[], pricing: Pricing): Reply["machines"][number] {
  const { totalWh, coverage, idle, products } = energyUseOf(slices);
  const all = idle.flatMap((part) => part.slices);
  return {
    machine,
    totalWh,
    coverage,
    idle: idle.map((part) => ({
      state: part.state,
      ms: part.ms,
      energyWh: wattHours(part.slices),
      cost: pricing.cost(part.slices),
      co2Kg: pricing.co2Kg(part.slices),
    })),
    idleWh: wattHours(all),
    idleCost: pricing.cost(all),
    products: [...products],
  };
}
