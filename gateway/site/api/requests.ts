/** What the HTTP API accepts; every route checks its input with one of these. */
import { z } from "zod";

const Instant = z.iso.datetime({ offset: true, error: 'expected an instant such as "2026-11-24T06:00:00Z"' });

export const MachineParams = z.object({ machine: z.string().min(1).max(63) });
export const RangeQuery = z.object({
  from: Instant.describe("RFC 3339, belongs to the range"),
  to: Instant.describe("RFC 3339, does not"),
});
/** More buckets than a 4K screen has columns are of no use. */
export const SeriesQuery = RangeQuery.extend({
  tag: z.string().min(1).max(300),
  points: z.coerce.number().int().min(10).max(4000).default(800),
});
export const LoginBody = z.strictObject({ token: z.string().min(1).max(200) });

/** A string once, or several times in the address. */
const Tags = z.union([
  z
    .string()
    .min(1)
    .max(300)
    .transform((tag) => [tag]),
  z.array(z.string().min(1).max(300)).max(100),
]);
export const ExportQuery = RangeQuery.extend({ tag: Tags.describe("Tag id; may be given up to a hundred times") });
export const ShiftsQuery = RangeQuery.extend({ machine: z.string().min(1).max(63) });
export const NewestQuery = z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) });
