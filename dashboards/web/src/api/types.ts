/** The replies as types; the schemas stay on the server. */
import type { z } from "zod";
import type * as replies from "../../../../gateway/site/api/replies.ts";

export type Plant = z.infer<typeof replies.PlantReply>;
export type MachineInfo = Plant["machines"][number];
export type Overview = z.infer<typeof replies.OverviewReply>;
export type Tile = z.infer<typeof replies.MachineTile>;
export type Shift = z.infer<typeof replies.ShiftReply>;
export type Kpi = z.infer<typeof replies.Kpi>;
export type Sums = z.infer<typeof replies.Sums>;
export type Timeline = z.infer<typeof replies.TimelineReply>;
export type Slice = z.infer<typeof replies.SliceReply>;
export type Incident = z.infer<typeof replies.IncidentReply>;
export type Ledger = z.infer<typeof replies.LedgerReply>;
export type Stops = z.infer<typeof replies.StopsReply>;
export type Series = z.infer<typeof replies.SeriesReply>;
export type Energy = z.infer<typeof replies.EnergyReply>;
export type Health = z.infer<typeof replies.HealthReply>;
export type LiveValues = z.infer<typeof replies.events.live>;
export type State = Slice["state"];
