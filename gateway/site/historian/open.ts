/** The historian that the configuration asks for. */
import { join } from "node:path";
import type { PlantConfig } from "../../config/schema.ts";
import type { Log } from "../../log.ts";
import type { Historian } from "../../model/historian.ts";
import { wallClock } from "../../model/time.ts";
import type { Micros } from "../../model/units.ts";
import { EmbeddedHistorian, type HistorianStats } from "./embedded.ts";

export interface HistorianOptions {
  readonly storage: PlantConfig["storage"];
  readonly folder: string;
  readonly log: Log;
  /** The plant's clock, for what retention keeps. */
  readonly now?: () => Micros;
}
export type OpenHistorian = Historian & { stats(): HistorianStats };

export async function openHistorian({
  storage,
  folder,
  log,
  now = () => wallClock.now(),
}: HistorianOptions): Promise<OpenHistorian> {
  const { historian, retention } = storage;
  if (historian.kind === "influxdb") throw new Error("storage.historian.kind is influxdb; expected embedded");
  return new EmbeddedHistorian({ path: join(folder, "historian.db"), retention: retention.raw, now, log });
}
