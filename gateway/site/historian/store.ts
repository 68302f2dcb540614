/** The tables of the embedded historian: journal, chunks, hours. Every call is synchronous and short. */
import { deserialize, serialize } from "node:v8";
import type { DatabaseSync } from "node:sqlite";
import type { SampleColumns } from "../../model/columns.ts";
import type { TagId } from "../../model/units.ts";
import { inTransaction, openDatabase } from "../database.ts";
import { decodeChunk, encodeChunk, extendChunk, WINDOW_MICROS, type Span } from "./chunk.ts";
import {
  decodeMinutes,
  encodeMinutes,
  extendMinutes,
  packMinutes,
  rollupOf,
  WINDOWS_PER_HOUR,
  type Rollup,
} from "./rollup.ts";
import type { Run } from "./run.ts";

/**
 * A chunk's key is tag × 2^24 + its first window, so that one tag's chunks lie beside each other in the file; likewise hours.
 * The body comes last in the row: a reader of headers does not touch its pages.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS tags (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, span INTEGER NOT NULL,
    expired INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS chunks (
    key INTEGER PRIMARY KEY, samples INTEGER NOT NULL,
    count INTEGER NOT NULL, sum REAL NOT NULL, min REAL NOT NULL, max REAL NOT NULL, minutes BLOB, body BLOB);
  CREATE TABLE IF NOT EXISTS hours (
    key INTEGER PRIMARY KEY, samples INTEGER NOT NULL,
    count INTEGER NOT NULL, sum REAL NOT NULL, min REAL NOT NULL, max REAL NOT NULL);
  CREATE TABLE IF NOT EXISTS totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT OR IGNORE INTO totals VALUES ('samples', 0)`;
const VERSION = 1;
/** Windows of ten minutes until the year 2288. */
const KEYS_PER_TAG = 2 ** 24;
/** Least and greatest time that a key can hold; also what a Number holds exactly in µs. */
export const TIME_LIMIT = KEYS_PER_TAG * WINDOW_MICROS;

export interface ChunkHeader extends Rollup {
  readonly window: number;
  readonly samples: number;
  readonly minutes: readonly Rollup[] | undefined;
}

export interface StoredTag {
  readonly number: number;
  /** Windows in each of its chunks. */
  readonly span: Span;
}
export interface HourRow extends Rollup {
  readonly hour: number;
  readonly samples: number;
}
/** Rows read at once: a few milliseconds. */
export const PAGE_ROWS = 1000;

/** A chunk that is longer than this many times what comes to it is not encoded again. */
const WORTH_EXTENDING = 2;

export type Store = ReturnType<typeof openStore>;

export function openStore(path: string) {
  const database: DatabaseSync = openDatabase({ path, version: VERSION, tables: TABLES });
  const sql = (text: string) => database.prepare(text);
  const insertTag = sql("INSERT INTO tags (name, span) VALUES (?, ?) RETURNING number");
  const insertJournal = sql("INSERT INTO journal (body) VALUES (?) RETURNING id");
  const cutJournal = sql("DELETE FROM journal WHERE id <= ?");
  const getBody = sql("SELECT body FROM chunks WHERE key = ?");
  const getRow = sql("SELECT * FROM chunks WHERE key = ?");
  const getNext = sql("SELECT key FROM chunks WHERE key BETWEEN ? AND ? AND body IS NOT NULL ORDER BY key LIMIT 1");
  const getPrevious = sql(
    "SELECT key FROM chunks WHERE key BETWEEN ? AND ? AND body IS NOT NULL ORDER BY key DESC LIMIT 1",
  );
  const getHeaders = sql(
    `SELECT key, samples, count, sum, min, max, minutes FROM chunks WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ${PAGE_ROWS}`,
  );
  const getCount = sql("SELECT sum(samples) AS samples FROM chunks WHERE key BETWEEN ? AND ? AND body IS NOT NULL");
  const getHours = sql(
    `SELECT key, samples, count, sum, min, max FROM hours WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ${PAGE_ROWS}`,
  );
  const getHourCount = sql("SELECT sum(samples) AS samples FROM hours WHERE key BETWEEN ? AND ?");
  const putChunk = sql("INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const putHour = sql(
    `INSERT OR REPLACE INTO hours SELECT ?, sum(samples), sum(count), sum(sum),
       coalesce(min(min) FILTER (WHERE count > 0), 0), coalesce(max(max) FILTER (WHERE count > 0), 0)
     FROM chunks WHERE key BETWEEN ? AND ? HAVING count(*) > 0`,
  );
  const addTotal = sql("UPDATE totals SET value = value + ? WHERE name = 'samples'");
  const getTotal = sql("SELECT value FROM totals WHERE name = 'samples'");
  const setExpired = sql("UPDATE tags SET expired = ? WHERE number = ?");
  const dropBody = sql("UPDATE chunks SET body = NULL, minutes = ? WHERE key = ?");

  const tags = new Map<TagId, StoredTag>();
  const expired = new Map<number, number>();
  for (const row of sql("SELECT number, name, span, expired FROM tags").iterate()) {
    const number = Number(row["number"]);
    tags.set(row["name"] as TagId, { number, span: row["span"] === 1 ? 1 : 6 });
    expired.set(number, Number(row["expired"]));
  }
  const keyOf = (tag: number, place: number): number => tag * KEYS_PER_TAG + place;
  const placeOf = (row: Record<string, unknown> | undefined): number | undefined =>
    row === undefined ? undefined : Number(row["key"]) % KEYS_PER_TAG;
  const rollupFrom = (row: Record<string, unknown>, time: number) => ({
    time,
    samples: Number(row["samples"]),
    count: Number(row["count"]),
    sum: Number(row["sum"]),
    min: Number(row["min"]),
    max: Number(row["max"]),
  });
  const bodyOf = (tag: number, window: number): Run | undefined => {
    const body = getBody.get(keyOf(tag, window))?.["body"];
    return body instanceof Uint8Array ? decodeChunk(body, window) : undefined;
  };

  return {
    database,
    tags: (): Iterable<StoredTag> => tags.values(),
    tag: (name: TagId): StoredTag | undefined => tags.get(name),
    /** Gives the tags that are new a number and a span. */
    register(wanted: Iterable<readonly [TagId, Span]>): void {
      const fresh = Array.from(wanted).filter(([name]) => !tags.has(name));
      if (fresh.length === 0) return;
      const made = inTransaction(database, () =>
        fresh.map(([name, span]) => [name, { number: Number(insertTag.get(name, span)?.["number"]), span }] as const),
      );
      for (const [name, tag] of made) tags.set(name, tag);
    },
    /** One row, one fsync: after this the samples are durable. */
    journal: (columns: readonly SampleColumns[]): number => Number(insertJournal.get(serialize(columns))?.["id"]),
    *journaled(): Iterable<{ id: number; columns: readonly SampleColumns[] }> {
      for (const row of sql("SELECT id, body FROM journal ORDER BY id").iterate()) {
        yield { id: Number(row["id"]), columns: deserialize(row["body"] as Uint8Array) as SampleColumns[] };
      }
    },
    cutJournal: (upTo: number): void => void cutJournal.run(upTo),
    chunk: bodyOf,
    /** The first window from `from` to `to`, both included, that has samples. */
    nextWindow: (tag: number, from: number, to: number): number | undefined =>
      placeOf(getNext.get(keyOf(tag, from), keyOf(tag, to))),
    previousWindow: (tag: number, from: number, to: number): number | undefined =>
      placeOf(getPrevious.get(keyOf(tag, from), keyOf(tag, to))),
    /** The first of them; at most `PAGE_ROWS`, so that a reader can let others go first between pages. */
    headers: (tag: number, from: number, to: number): ChunkHeader[] =>
      getHeaders.all(keyOf(tag, from), keyOf(tag, to)).map((row) => {
        const window = Number(row["key"]) % KEYS_PER_TAG;
        const minutes = row["minutes"] instanceof Uint8Array ? decodeMinutes(row["minutes"]) : undefined;
        return Object.assign(rollupFrom(row, window * WINDOW_MICROS), { window, minutes });
      }),
    countSamples: (tag: number, from: number, to: number): number =>
      Number(getCount.get(keyOf(tag, from), keyOf(tag, to))?.["samples"] ?? 0),
    /** The first of them; at most `PAGE_ROWS`. */
    hours: (tag: number, from: number, to: number): HourRow[] =>
      getHours.all(keyOf(tag, from), keyOf(tag, to)).map((row) => {
        const hour = Number(row["key"]) % KEYS_PER_TAG;
        return Object.assign(rollupFrom(row, hour * WINDOWS_PER_HOUR * WINDOW_MICROS), { hour });
      }),
    countInHours: (tag: number, from: number, to: number): number =>
      Number(getHourCount.get(keyOf(tag, from), keyOf(tag, to))?.["samples"] ?? 0),
    putChunk(tag: number, window: number, run: Run, added: number): void {
      const { count, sum, min, max } = rollupOf(run);
      const minutes = encodeMinutes(run, window) ?? null;
      putChunk.run(keyOf(tag, window), run.times.length, count, sum, min, max, minutes, encodeChunk(run, window));
      addTotal.run(added);
    },
    /** Puts samples behind those of the chunk. False when the two must be merged. */
    extendChunk(tag: number, window: number, run: Run): boolean {
      const row = getRow.get(keyOf(tag, window));
      const { body, minutes } = row ?? {};
      if (row === undefined || !(body instanceof Uint8Array) || !(minutes instanceof Uint8Array)) return false;
      const known = rollupFrom(row, window * WINDOW_MICROS);
      const longer = known.samples < run.times.length * WORTH_EXTENDING ? undefined : extendChunk(body, window, run);
      if (longer === undefined) return false;
      const { count, sum, min, max } = rollupOf(run, known);
      const grown = extendMinutes(minutes, run, window);
      putChunk.run(keyOf(tag, window), known.samples + run.times.length, count, sum, min, max, grown, longer);
      addTotal.run(run.times.length);
      return true;
    },
    refreshHour(tag: number, hour: number): void {
      const first = hour * WINDOWS_PER_HOUR;
      putHour.run(keyOf(tag, hour), keyOf(tag, first), keyOf(tag, first + WINDOWS_PER_HOUR - 1));
    },
    /** Drops the samples of a tag's oldest expired windows and keeps their minutes. Returns how many windows. */
    expire(tag: number, before: number, most: number): number {
      let from = expired.get(tag) ?? 0;
      let done = 0;
      for (; done < most; done++) {
        const window = placeOf(getNext.get(keyOf(tag, from), keyOf(tag, before - 1)));
        if (window === undefined) break;
        const run = bodyOf(tag, window);
        if (run === undefined) break;
        dropBody.run(packMinutes(run, window), keyOf(tag, window));
        addTotal.run(-run.times.length);
        from = window + 1;
      }
      if (done > 0) {
        expired.set(tag, from);
        setExpired.run(from, tag);
      }
      return done;
    },
    totalSamples: (): number => Number(getTotal.get()?.["value"]),
    bytes(): number {
      const pragma = (name: string) => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
      return pragma("page_count") * pragma("page_size");
    },
    close: (): void => database.close(),
  };
}
