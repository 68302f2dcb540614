/** The historian that the configuration asks for. */
import { join } from "node:path";
import type { PlantConfig } from "../../config/schema.ts";
import type { QuarterRow } from "../../kpi/quarterrows.ts";
import type { Log } from "../../log.ts";
import type { Historian } from "../../model/historian.ts";
import { wallClock } from "../../model/time.ts";
import type { Micros } from "../../model/units.ts";
import { EmbeddedHistorian } from "./embedded.ts";
import { openInflux } from "./influx.ts";

export interface HistorianOptions {
  readonly storage: PlantConfig["storage"];
  readonly folder: string;
  readonly log: Log;
  /** The plant's clock, for what retention keeps. */
  readonly now?: () => Micros;
}
export interface HistorianStats {
  readonly kind: "embedded" | "influxdb";
  readonly reachable: boolean;
  /** Samples that are kept (embedded), or that this process has written (InfluxDB). */
  readonly samples: number;
  /** Room on disk; null when another program keeps it. */
  readonly bytes: number | null;
  /** Samples refused since the process started. */
  readonly rejected: number;
  /** Why the last write failed; null when it did not. */
  readonly error: string | null;
}
export type OpenHistorian = Historian & {
  stats(): HistorianStats;
  /** Only where other programs read the database too: keeps the ledger's sums there, one row per machine and quarter. */
  writeQuarters?(rows: readonly QuarterRow[]): Promise<void>;
};

export async function openHistorian({
  storage,
  folder,
  log,
  now = () => wallClock.now(),
}: HistorianOptions): Promise<OpenHistorian> {
  const { historian, retention } = storage;
  if (historian.kind === "influxdb") return openInflux({ config: historian, log });
  return new EmbeddedHistorian({ path: join(folder, "historian.db"), retention: retention.raw, now, log });
}
