/**
 * The contract of the ledger as the site keeps it: fed by the ingest, read by the API and the open view.
 * The main meter is in it like a machine, under the id `MAIN_METER` of kpi/machine.ts.
 */
import type { Slice } from "../../kpi/ledger.ts";
import type { SampleColumns } from "../../model/columns.ts";
import type { Range } from "../../model/time.ts";
import type { MachineId, Micros } from "../../model/units.ts";

export interface LedgerBook extends AsyncDisposable {
  /** Told by the ingest after these samples are durable; schedules what they touch, however late they are. */
  stored(columns: readonly SampleColumns[]): void;
  /**
   * Slices of a machine that overlap the range, ascending, without holes, up to now at most. The fold cuts slices at
   * every clock quarter of an hour and at every shift border, so sums over such borders need no splitting.
   */
  slices(machine: MachineId, range: Range): Slice[];
  /** The slice that is running now, up to the last moment that has been folded. */
  current(machine: MachineId): Slice | undefined;
  /** Oldest moment from which a machine still has to be recomputed; undefined when the ledger is up to date. */
  pending(machine: MachineId): Micros | undefined;
  /** Called after slices changed, at most once a second, with the machines concerned. Returns the way to stop it. */
  subscribe(listener: (machines: readonly MachineId[]) => void): () => void;
  /** Resolves when all that was stored so far has been folded. */
  settled(): Promise<void>;
}
