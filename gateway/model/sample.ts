/** What a machine said: one tag, one moment, one value, and how far it can be trusted. */
import type { Micros, TagId } from "./units.ts";

export type Value = number | string | boolean;
export type Quality = "good" | "uncertain" | "bad";

/**
 * Identity is (tag, time), fixed at acquisition: a sample that comes twice is one sample.
 * `value` is null when the source answered but had nothing usable; its quality is then "bad".
 */
export interface Sample {
  readonly tag: TagId;
  readonly time: Micros;
  readonly value: Value | null;
  readonly quality: Quality;
}

/** Longest string value that is kept; a longer one becomes an `unreadable` record. Bounds every buffer behind it. */
export const MAX_STRING_BYTES = 32_768;
