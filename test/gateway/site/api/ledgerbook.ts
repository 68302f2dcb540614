/** A ledger with slices that a test wrote down: what the API makes of them can then be computed by hand. */
import { NOTHING_COUNTED, type Slice } from "../../../../gateway/kpi/ledger.ts";
import type { Range } from "../../../../gateway/model/time.ts";
import { machineId, micros, type MachineId } from "../../../../gateway/model/units.ts";
import type { LedgerBook } from "../../../../gateway/site/ledger/book.ts";

const MINUTE = 60_000;

/** A slice of whole minutes; what is not said is zero. */
export function slice(machine: string, from: string, minutes: number, rest: Partial<Slice> = {}): Slice {
  const start = micros(Date.parse(from) * 1000);
  const ms = minutes * MINUTE;
  return {
    machine: machineId(machine),
    from: start,
    to: micros(start + ms * 1000),
    state: "producing",
    planned: "busy",
    shift: `${from.slice(0, 10)}/early`,
    reason: null,
    order: null,
    product: "bracket",
    inferred: false,
    ms,
    ...NOTHING_COUNTED,
    energyMs: ms,
    ...rest,
  };
}

export interface WrittenBook extends LedgerBook {
  /** Tells the subscribers that a machine changed. */
  change(machine: string): void;
  /** From now on every question fails, as a damaged file would make it. */
  break(): void;
}

export function writtenBook(slices: readonly Slice[]): WrittenBook {
  const listeners = new Set<(machines: readonly MachineId[]) => void>();
  let broken = false;
  return {
    stored: () => undefined,
    slices: (machine, range: Range) => {
      if (broken) throw new Error("database disk image is malformed");
      return slices.filter((s) => s.machine === machine && s.from < range.to && s.to > range.from);
    },
    current: (machine) => slices.findLast((s) => s.machine === machine),
    pending: () => undefined,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settled: async () => undefined,
    change: (machine) => {
      for (const listener of listeners) listener([machineId(machine)]);
    },
    break: () => {
      broken = true;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
