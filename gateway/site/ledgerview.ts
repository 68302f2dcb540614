/**
 * The ledger in a database of others, for Grafana and whoever adds up there: one point per machine and clock quarter.
 * A view only: it is never read back, and a quarter that late data change is written again over the old one.
 */
import type { PlantConfig } from "../config/schema.ts";
import { quarterRows, type QuarterRow } from "../kpi/quarterrows.ts";
import { rulesOf } from "../kpi/sums.ts";
import type { Log } from "../log.ts";
import { micros, machineId, QUARTER_MICROS, type MachineId, type Micros } from "../model/units.ts";
import type { LedgerBook } from "./ledger/book.ts";

export interface LedgerViewOptions {
  readonly plant: PlantConfig;
  readonly ledger: LedgerBook;
  readonly now: () => Micros;
  readonly write: (rows: readonly QuarterRow[]) => Promise<void>;
  readonly log: Log;
}

/** Late data wait longer than this before they are folded, so that each is seen here while it waits. */
const WATCH_EVERY_MS = 250;
/** The running quarter is written this often; it grows until it is over. */
const WRITE_EVERY_MS = 15_000;
/** One write at the most: a week of one machine. */
const MAX_QUARTERS = 672;
/** What the first write after a start covers, for quarters that ended while the site was down; older ones are there. */
const LOOK_BACK_QUARTERS = 96;

export function startLedgerView({ plant, ledger, now, write, log }: LedgerViewOptions): AsyncDisposable {
  const machines = Object.keys(plant.machines).map(machineId);
  const start = micros(now() - LOOK_BACK_QUARTERS * QUARTER_MICROS);
  /** From where each machine's quarters may differ from what was written. */
  const stale = new Map<MachineId, Micros>(machines.map((machine) => [machine, start]));
  let running: Promise<void> | undefined;
  let failing = false;

  const watch = () => {
    for (const machine of machines) {
      const pending = ledger.pending(machine);
      const from = stale.get(machine);
      if (pending !== undefined && (from === undefined || pending < from)) stale.set(machine, pending);
    }
  };
  const writeOne = async (machine: MachineId) => {
    // A recomputation from 1970 concerns only what there are slices of.
    const slices = ledger.slices(machine, { from: quarterOf(stale.get(machine) ?? start), to: now() });
    const observed = slices.findIndex(({ state }) => state !== "unknown");
    const rows = observed < 0 ? [] : quarterRows(machine, slices.slice(observed), rulesOf(plant, machine));
    for (let i = 0; i < rows.length; i += MAX_QUARTERS) await write(rows.slice(i, i + MAX_QUARTERS));
    // The last row is that of the running quarter: it is written again.
    stale.set(machine, rows.at(-1)?.from ?? quarterOf(now()));
  };
  const writeAll = async () => {
    try {
      for (const machine of machines) if (ledger.pending(machine) === undefined) await writeOne(machine);
      failing = false;
    } catch (error) {
      if (!failing)
        log.warn({ err: error }, "the ledger's quarters could not be written to the database; trying again");
      failing = true;
    }
  };
  const watching = setInterval(watch, WATCH_EVERY_MS);
  const writing = setInterval(() => {
    running ??= writeAll().finally(() => (running = undefined));
  }, WRITE_EVERY_MS);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(watching);
      clearInterval(writing);
      await running;
    },
  };
}

const quarterOf = (time: Micros): Micros => micros(Math.floor(time / QUARTER_MICROS) * QUARTER_MICROS);
