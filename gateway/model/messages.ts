/** What edge and site say to each other over MQTT, beside the batches. These schemas are the documented interface. */
import { z } from "zod";
import { meaning } from "./told.ts";

/** Topics. An edge publishes only below its own prefix; receipts come only from the site. */
export const topics = {
  batch: (edge: string) => `fieldlab/v1/${edge}/batch`,
  receipt: (edge: string) => `fieldlab/v1/${edge}/receipt`,
  status: (edge: string) => `fieldlab/v1/${edge}/status`,
  anyBatch: "fieldlab/v1/+/batch",
  anyStatus: "fieldlab/v1/+/status",
} as const;

/** The edge that a topic of ours belongs to. */
export const edgeOfTopic = (topic: string): string | undefined => /^fieldlab\/v1\/([^/]+)\/[a-z]+$/.exec(topic)?.[1];

/** Most ranges in one receipt; the site keeps more, and names the oldest first. */
export const MAX_RECEIPT_RANGES = 200;

const Sequence = z.int().min(1);
export const Receipt = z
  .object({
    version: z.literal(1),
    stream: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .describe("The outbox that numbered the batches"),
    stored: z
      .array(z.tuple([Sequence, Sequence]))
      .max(MAX_RECEIPT_RANGES)
      .describe("Inclusive ranges of sequence numbers that the historian has stored, ascending and apart"),
  })
  .meta({ title: "Receipt", description: "The site's word that these batches are stored; the edge may forget them" });
export type Receipt = z.infer<typeof Receipt>;

const Instant = z.int().describe("µs since 1970");
const Fault = z.object({ reason: z.string(), advice: z.string(), since: Instant, ...meaning });
export const ConnectionStatus = z.object({
  name: z.string(),
  protocol: z.string(),
  state: z.enum(["starting", "connected", "faulty", "stopped"]),
  fault: Fault.optional(),
  restarts: z.int().min(0),
  readings: z.int().min(0).describe("Readings since the process started"),
  tags: z.record(z.string(), Fault).describe("Only the tags that have a fault"),
});
export type ConnectionStatus = z.infer<typeof ConnectionStatus>;

export const EdgeStatus = z
  .object({
    version: z.literal(1),
    online: z.boolean(),
    time: Instant,
    started: Instant,
    stream: z.string(),
    outbox: z.object({
      batches: z.int().min(0).describe("Batches that wait for a receipt"),
      bytes: z.int().min(0),
      oldest: Instant.nullable().describe("When the oldest waiting batch was accepted"),
      accepted: z.int().min(0).describe("Samples accepted since the outbox was made"),
      sequence: z.int().min(0).describe("Number of the newest batch"),
      first: z
        .int()
        .nullable()
        .optional()
        .describe("Number of the oldest batch that waits; what is missing below it was evicted and never comes"),
    }),
    connections: z.array(ConnectionStatus),
    process: z.object({ rss: z.int(), cpuSeconds: z.number(), loopLagMs: z.number() }),
  })
  .meta({ title: "Edge status", description: "Retained; published every few seconds and by the last will" });
export type EdgeStatus = z.infer<typeof EdgeStatus>;
/** The last will is all that is known of an edge that is gone. */
export const EdgeGone = z.object({
  version: z.literal(1),
  online: z.literal(false),
  finished: z.literal(true).optional().describe("It was a feed of samples that existed, and all of it is stored"),
});
export type EdgeGone = z.infer<typeof EdgeGone>;

/** One retained topic per signal or KPI of the open view. */
export const OpenValue = z
  .object({
    value: z.union([z.number(), z.string(), z.boolean(), z.null()]),
    time: z.iso.datetime({ offset: true }),
    quality: z.enum(["good", "uncertain", "bad"]),
    unit: z.string().optional(),
    coverage: z.number().min(0).max(1).optional().describe("KPI only: observed share of the planned busy time"),
    definition: z.string().optional().describe("KPI only: name and version of its definition"),
  })
  .meta({ title: "Open value", description: "<enterprise>/<site>/<area>/<line>/<machine>/<signal> or …/kpi/<name>" });
export type OpenValue = z.infer<typeof OpenValue>;

/** A name as one level of a topic: MQTT's separators and wildcards, and control characters, become "_". */
// oxlint-disable-next-line no-control-regex -- control characters are what must go
export const topicLevel = (name: string): string => name.replaceAll(/[/+#\u0000-\u001f\u007f]/g, "_").trim() || "_";
