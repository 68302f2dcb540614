/** The ledger's file: slices and checkpoints per machine. All of it can be computed again, so a commit need not wait for the disk. */
import type { DatabaseSync } from "node:sqlite";
import type { Planned, Slice } from "../../kpi/ledger.ts";
import type { MachineState } from "../../kpi/tables.ts";
import type { Range } from "../../model/time.ts";
import { micros, milliwattHours, type MachineId, type Micros } from "../../model/units.ts";
import { inTransaction, openDatabase } from "../database.ts";
import { createDays } from "./days.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS machine (
    machine TEXT PRIMARY KEY, definition TEXT NOT NULL, dirty INTEGER
  ) STRICT;
  CREATE TABLE IF NOT EXISTS checkpoint (
    machine TEXT, time INTEGER, state TEXT NOT NULL, PRIMARY KEY (machine, time)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS slice (
    machine TEXT, start INTEGER, finish INTEGER NOT NULL, state TEXT NOT NULL, planned TEXT NOT NULL, shift TEXT,
    reason TEXT, order_name TEXT, product TEXT, inferred INTEGER NOT NULL, total INTEGER NOT NULL, good INTEGER NOT NULL,
    scrap INTEGER NOT NULL, rework INTEGER NOT NULL, ideal_total INTEGER NOT NULL, ideal_good INTEGER NOT NULL,
    energy INTEGER NOT NULL, energy_ms INTEGER NOT NULL, PRIMARY KEY (machine, start)
  ) STRICT, WITHOUT ROWID`;

export interface Checkpoint {
  readonly time: Micros;
  readonly text: string;
}

/** Slices that replace what begins in [from, to), and checkpoints that replace those in (checkpointsFrom, to]. */
export interface Replacement {
  readonly from: Micros;
  readonly to: Micros;
  readonly slices: readonly Slice[];
  readonly checkpointsAfter: Micros;
  readonly checkpointsTo: Micros;
  readonly checkpoint: Checkpoint;
}

export interface LedgerStore {
  /** Drops the checkpoints of a machine whose definition is another one now. True when it was. */
  adopt(machine: MachineId, definition: string): boolean;
  dirty(machine: MachineId): Micros | undefined;
  setDirty(machine: MachineId, from: Micros | undefined): void;
  /** The newest checkpoint at or before this moment. */
  checkpointBefore(machine: MachineId, time: Micros): Checkpoint | undefined;
  /** The first checkpoint after this moment. */
  checkpointAfter(machine: MachineId, time: Micros): Checkpoint | undefined;
  replace(machine: MachineId, replacement: Replacement): void;
  /** Keeps of the checkpoints before a moment only those at multiples of `every`. */
  thin(machine: MachineId, before: Micros, every: number): void;
  slices(machine: MachineId, range: Range): Slice[];
  close(): void;
}

export function openLedgerStore(path: string): LedgerStore {
  const database = openDatabase({ path, version: 1, tables: TABLES });
  database.exec("PRAGMA synchronous = NORMAL");
  const sql = prepare(database);
  const days = createDays((machine, from, to) => sql.slices.all(machine, from, to).map((row) => sliceOf(machine, row)));
  const checkpointOf = (row: Record<string, unknown> | undefined): Checkpoint | undefined =>
    row === undefined ? undefined : { time: micros(Number(row["time"])), text: String(row["state"]) };
  return {
    adopt: (machine, definition) =>
      inTransaction(database, () => {
        const known = sql.definition.get(machine)?.["definition"];
        if (known === definition) return false;
        sql.dropCheckpoints.run(machine, -1, Number.MAX_SAFE_INTEGER);
        sql.adopt.run(machine, definition);
        return true;
      }),
    dirty: (machine) => {
      const dirty = sql.definition.get(machine)?.["dirty"];
      return typeof dirty === "number" ? micros(dirty) : undefined;
    },
    setDirty: (machine, from) => {
      // What is late is in the historian and nowhere else marked: this must survive a power cut. It is rare.
      database.exec("PRAGMA synchronous = FULL");
      sql.setDirty.run(from ?? null, machine);
      database.exec("PRAGMA synchronous = NORMAL");
    },
    checkpointBefore: (machine, time) => checkpointOf(sql.before.get(machine, time)),
    checkpointAfter: (machine, time) => checkpointOf(sql.after.get(machine, time)),
    replace: (machine, { from, to, slices, checkpointsAfter, checkpointsTo, checkpoint }) => {
      inTransaction(database, () => {
        sql.drop.run(machine, toMs(from), toMs(to));
        sql.dropCheckpoints.run(machine, checkpointsAfter, checkpointsTo);
        for (const slice of slices) sql.insert.run(...columnsOf(slice));
        sql.checkpoint.run(machine, checkpoint.time, checkpoint.text);
      });
      days.forget(machine, toMs(from), toMs(to));
    },
    thin: (machine, before, every) => {
      sql.thin.run(machine, before, every);
    },
    slices: (machine, { from, to }) => days.read(machine, toMs(from), Math.ceil(to / 1000)),
    close: () => database.close(),
  };
}

const toMs = (time: Micros): number => Math.floor(time / 1000);

function prepare(database: DatabaseSync) {
  return {
    definition: database.prepare("SELECT definition, dirty FROM machine WHERE machine = ?"),
    adopt: database.prepare("INSERT OR REPLACE INTO machine (machine, definition, dirty) VALUES (?, ?, 0)"),
    setDirty: database.prepare("UPDATE machine SET dirty = ? WHERE machine = ?"),
    before: database.prepare(
      "SELECT time, state FROM checkpoint WHERE machine = ? AND time <= ? ORDER BY time DESC LIMIT 1",
    ),
    after: database.prepare("SELECT time, state FROM checkpoint WHERE machine = ? AND time > ? ORDER BY time LIMIT 1"),
    checkpoint: database.prepare("INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)"),
    dropCheckpoints: database.prepare("DELETE FROM checkpoint WHERE machine = ? AND time > ? AND time <= ?"),
    thin: database.prepare("DELETE FROM checkpoint WHERE machine = ? AND time < ? AND time % ? <> 0"),
    drop: database.prepare("DELETE FROM slice WHERE machine = ? AND start >= ? AND start < ?"),
    insert: database.prepare(
      `INSERT OR REPLACE INTO slice VALUES (${Array.from({ length: 18 }, () => "?").join(", ")})`,
    ),
    slices: database.prepare("SELECT * FROM slice WHERE machine = ? AND start >= ? AND start < ? ORDER BY start"),
  };
}

const columnsOf = (slice: Slice): (string | number | null)[] => [
  slice.machine,
  toMs(slice.from),
  toMs(slice.to),
  slice.state,
  slice.planned,
  slice.shift,
  slice.reason,
  slice.order,
  slice.product,
  Number(slice.inferred),
  slice.total,
  slice.good,
  slice.scrap,
  slice.rework,
  slice.idealTotal,
  slice.idealGood,
  slice.energy,
  slice.energyMs,
];

function sliceOf(machine: MachineId, row: Record<string, unknown>): Slice {
  const number = (name: string): number => Number(row[name]);
  const text = (name: string): string | null => row[name] as string | null;
  const [from, to] = [number("start"), number("finish")];
  return {
    machine,
    from: micros(from * 1000),
    to: micros(to * 1000),
    ms: to - from,
    state: row["state"] as MachineState,
    planned: row["planned"] as Planned,
    shift: text("shift"),
    reason: text("reason"),
    order: text("order_name"),
    product: text("product"),
    inferred: row["inferred"] === 1,
    total: number("total"),
    good: number("good"),
    scrap: number("scrap"),
    rework: number("rework"),
    idealTotal: number("ideal_total"),
    idealGood: number("ideal_good"),
    energy: milliwattHours(number("energy")),
    energyMs: number("energy_ms"),
  };
}
