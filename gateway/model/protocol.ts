/** The contract of an adapter: one protocol, reading only. There is no call here by which a machine could be written. */
import type { z } from "zod";
import type { TagFields } from "./quantity.ts";
import type { Quality, Value } from "./sample.ts";
import type { Told } from "./told.ts";
import type { Micros } from "./units.ts";

/** A reading as the device gave it: before scale and offset, named by the tag's key within its connection. */
export interface Reading {
  readonly tag: string;
  readonly time: Micros;
  readonly value: Value | null;
  readonly quality: Quality;
  /** It came after newer ones, because it had to be fetched again: it keeps its time and is not the latest word. */
  readonly late?: boolean;
}

/** Why a tag or a whole connection gives nothing now: what happened, and what the reader can do about it. */
export interface Trouble extends Told {
  /** Absent when the whole connection is meant. */
  readonly tag?: string;
}

/** A stretch that is known to be lost. */
export interface Gap {
  /** Absent when every tag of the connection is meant. */
  readonly tag?: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly why: Told;
}

/** What a driver is given. `emit`, `trouble` and `well` never block and never throw. */
export interface AdapterContext {
  readonly now: () => Micros;
  /** Seconds of `now` per real second: poll and sampling intervals are divided by it, network time-outs are not. */
  readonly speed: number;
  /** Where the connection may keep files of its own (certificates); made by the driver that needs it. */
  readonly folder: string;
  /** Hands over readings; a batch per notification or poll, not one call per value. */
  readonly emit: (readings: readonly Reading[]) => void;
  readonly trouble: (trouble: Trouble) => void;
  /** The connection (or the tag) works again. */
  readonly well: (tag?: string) => void;
  /** What a reader of the log should know and is no trouble: what a server granted, where a block was split. Said once. */
  readonly note: (text: string) => void;
  /** What the device or server says was lost (queue overflow and the like), or passed while nobody listened. */
  readonly gap: (gap: Gap) => void;
}

/** One protocol. Its folder holds the schema, the driver, and nothing that another protocol knows. */
export interface Protocol<Connection extends { readonly tags: Readonly<Record<string, TagFields>> }> {
  readonly name: string;
  readonly connection: z.ZodType<Connection>;
  /** Reads until the signal aborts; throws only for what a restart may cure. The supervisor restarts with back-off. */
  run(connection: Connection, context: AdapterContext, signal: AbortSignal): Promise<void>;
}
