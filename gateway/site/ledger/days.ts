/**
 * Slices as screens ask for them: the same days, every second. A slice ends at a clock quarter at the latest and so
 * never reaches into the next day of UTC: a day is read whole, and kept until something in it is replaced.
 */
import type { Slice } from "../../kpi/ledger.ts";
import type { MachineId } from "../../model/units.ts";

const DAY_MS = 86_400_000;
/** Days of all machines that are kept: ten machines over a month, some 20 MB. */
const MAX_DAYS = 300;

export interface Days {
  /** Slices that overlap [from, to), both in ms. */
  read(machine: MachineId, from: number, to: number): Slice[];
  /** What begins in [from, to) was replaced. */
  forget(machine: MachineId, from: number, to: number): void;
}

export function createDays(load: (machine: MachineId, from: number, to: number) => Slice[]): Days {
  const kept = new Map<
    string,
    { readonly machine: MachineId; readonly from: number; readonly slices: readonly Slice[] }
  >();

  function dayOf(machine: MachineId, from: number): readonly Slice[] {
    const key = `${machine}/${from}`;
    const day = kept.get(key) ?? { machine, from, slices: load(machine, from, from + DAY_MS) };
    // Put at the end again: the first one is then the one that was asked for longest ago.
    kept.delete(key);
    kept.set(key, day);
    const [oldest] = kept.keys();
    if (kept.size > MAX_DAYS && oldest !== undefined) kept.delete(oldest);
    return day.slices;
  }

  return {
    read(machine, from, to) {
      const found: Slice[] = [];
      for (let day = Math.floor(from / DAY_MS) * DAY_MS; day < to; day += DAY_MS) {
        for (const slice of dayOf(machine, day)) {
          if (slice.to > from * 1000 && slice.from < to * 1000) found.push(slice);
        }
      }
      return found;
    },
    forget(machine, from, to) {
      for (const [key, day] of kept) {
        if (day.machine === machine && day.from + DAY_MS > from && day.from < to) kept.delete(key);
      }
    },
  };
}
