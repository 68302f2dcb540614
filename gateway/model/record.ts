/**
 * What was not kept, or not as it came: nothing is dropped silently. A record travels as a sample whose tag is the
 * edge's record tag and whose value is this JSON, so that it is as durable and as late-tolerant as the data itself.
 */
import { z } from "zod";
import { meaning, type Told } from "./told.ts";
import type { TagId } from "./units.ts";

export const Incident = z.object({
  kind: z.enum(["gap", "eviction", "unreadable", "rejected", "clock", "restart"]),
  connection: z.string().optional(),
  tag: z.string().optional().describe("Tag id, when one tag is meant"),
  tags: z.int().min(1).optional().describe("How many tags of the connection are meant, when more than one"),
  from: z.int().describe("µs since 1970"),
  to: z.int().describe("µs since 1970"),
  count: z.int().min(0).optional().describe("Samples concerned, when known"),
  reason: z.string().max(500),
  ...meaning,
});
export type Incident = z.infer<typeof Incident>;

/** The part of an incident that says why. */
export const because = ({ code, parameters, reason }: Told): Pick<Incident, "reason" | "code" | "parameters"> => ({
  reason,
  code,
  parameters: { ...parameters },
});

/** "$" keeps it apart from every configured tag: connection names begin with a letter. */
export const recordTag = (edge: string): TagId => `$records/${edge}` as TagId;
export const isRecordTag = (tag: TagId): boolean => tag.startsWith("$records/");
