/** What the ingest must remember: stored ranges per stream, incidents, dead letters. One file, durable on commit. */
import { join } from "node:path";
import { Incident } from "../../model/record.ts";
import type { Range } from "../../model/time.ts";
import type { Micros, TagId } from "../../model/units.ts";
import { inTransaction, openDatabase } from "../database.ts";
import { add, holds, type SequenceRange } from "./ranges.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS streams (number INTEGER PRIMARY KEY, edge TEXT NOT NULL, stream TEXT NOT NULL, UNIQUE (edge, stream));
  CREATE TABLE IF NOT EXISTS ranges (
    stream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (stream, first)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS incidents (
    id INTEGER PRIMARY KEY, edge TEXT NOT NULL, time INTEGER NOT NULL,
    "from" INTEGER NOT NULL, "to" INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (edge, time));
  CREATE INDEX IF NOT EXISTS incidents_by_end ON incidents ("to");
  CREATE TABLE IF NOT EXISTS dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, edge TEXT NOT NULL, reason TEXT NOT NULL,
    tag TEXT, sample_time INTEGER, sample TEXT, payload BLOB)`;
const VERSION = 1;

/** Enough to see a pattern; whoever has more has one cause. The oldest go first. */
const MAX_DEAD_LETTERS = 10_000;
/** Whole payloads are kept of the newest only: at most 400 MB. */
const MAX_PAYLOADS = 100;
/** Incidents are small; a year of one per minute. The oldest go first. */
const MAX_INCIDENTS = 500_000;
/** Most incidents of one answer: more cannot be drawn. */
const MAX_ANSWER = 5_000;
const MAX_REASON = 500;

export interface DeadLetter {
  readonly time: Micros;
  readonly edge: string;
  readonly reason: string;
  readonly tag: TagId | null;
  readonly sampleTime: Micros | null;
  /** The sample's value and quality as JSON. */
  readonly sample: string | null;
  /** The whole message, when it could not be read. */
  readonly payload: Uint8Array | null;
}
/** An incident as it was reported, and by which edge. */
export type StoredIncident = Incident & { readonly edge: string; readonly time: Micros };

export interface Stream {
  readonly edge: string;
  readonly stream: string;
  readonly ranges: SequenceRange[];
}

export interface Delivered {
  readonly batches: readonly { readonly edge: string; readonly stream: string; readonly sequence: number }[];
  readonly incidents: readonly StoredIncident[];
  readonly deadLetters: readonly DeadLetter[];
}

export function openBook(folder: string) {
  const path = join(folder, "ingest.db");
  const database = openDatabase({ path, version: VERSION, tables: TABLES });
  const sql = (text: string) => database.prepare(text);
  const insertStream = sql("INSERT INTO streams (edge, stream) VALUES (?, ?) RETURNING number");
  const putRange = sql("INSERT OR REPLACE INTO ranges VALUES (?, ?, ?)");
  const dropRange = sql("DELETE FROM ranges WHERE stream = ? AND first = ?");
  const putIncident = sql(`INSERT OR IGNORE INTO incidents (edge, time, "from", "to", body) VALUES (?, ?, ?, ?, ?)`);
  const trimIncidents = sql("DELETE FROM incidents WHERE id <= (SELECT max(id) FROM incidents) - ?");
  const putLetter = sql(
    "INSERT INTO dead_letters (time, edge, reason, tag, sample_time, sample, payload) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const trimLetters = sql("DELETE FROM dead_letters WHERE id <= (SELECT max(id) FROM dead_letters) - ?");
  const trimPayloads = sql(
    `UPDATE dead_letters SET payload = NULL WHERE payload IS NOT NULL AND id <= (
       SELECT id FROM dead_letters WHERE payload IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ${MAX_PAYLOADS})`,
  );
  const incidentsIn = sql(
    `SELECT edge, time, body FROM incidents WHERE "to" >= ? AND "from" < ? ORDER BY "to" DESC LIMIT ${MAX_ANSWER}`,
  );
  const incidentsNewest = sql(`SELECT edge, time, body FROM incidents ORDER BY "to" DESC LIMIT ?`);
  const lettersNewest = sql("SELECT * FROM dead_letters ORDER BY id DESC LIMIT ?");

  const streams = new Map<string, Stream & { readonly number: number }>();
  const getStreams = sql("SELECT number, edge, stream FROM streams ORDER BY number");
  const getRanges = sql("SELECT stream, first, last FROM ranges ORDER BY stream, first");
  load();
  let letters = Number(sql("SELECT count(*) AS n FROM dead_letters").get()?.["n"]);

  /** Makes memory what the file is: at the start, and after a write that was rolled back. */
  function load(): void {
    streams.clear();
    for (const row of getStreams.iterate()) {
      const [edge, stream] = [String(row["edge"]), String(row["stream"])];
      streams.set(nameOf(edge, stream), { number: Number(row["number"]), edge, stream, ranges: [] });
    }
    const byNumber = new Map(Array.from(streams.values(), (stream) => [stream.number, stream]));
    for (const row of getRanges.iterate()) {
      byNumber.get(Number(row["stream"]))?.ranges.push([Number(row["first"]), Number(row["last"])]);
    }
  }

  function streamOf(edge: string, stream: string) {
    const name = nameOf(edge, stream);
    const known = streams.get(name);
    if (known !== undefined) return known;
    const made = { number: Number(insertStream.get(edge, stream)?.["number"]), edge, stream, ranges: [] };
    streams.set(name, made);
    return made;
  }

  const incidentOf = (row: Record<string, unknown>): StoredIncident => ({
    ...Incident.parse(JSON.parse(String(row["body"]))),
    edge: String(row["edge"]),
    time: Number(row["time"]) as Micros,
  });

  return {
    path,
    streams: (): Iterable<Stream> => streams.values(),
    stream: (edge: string, stream: string): Stream | undefined => streams.get(nameOf(edge, stream)),
    holds: (edge: string, stream: string, sequence: number): boolean =>
      holds(streams.get(nameOf(edge, stream))?.ranges ?? [], sequence),
    /** One transaction, one fsync. Only after it may a receipt name these batches. */
    record({ batches, incidents, deadLetters }: Delivered): void {
      const write = () => {
        for (const { edge, stream, sequence } of batches) {
          const { number, ranges } = streamOf(edge, stream);
          const { range, swallowed } = add(ranges, sequence);
          if (swallowed !== undefined) dropRange.run(number, swallowed);
          putRange.run(number, range[0], range[1]);
        }
        for (const { edge, time, ...incident } of incidents) {
          putIncident.run(edge, time, incident.from, incident.to, JSON.stringify(incident));
        }
        if (incidents.length > 0) trimIncidents.run(MAX_INCIDENTS);
        for (const { time, edge, reason, tag, sampleTime, sample, payload } of deadLetters) {
          putLetter.run(time, edge, reason.slice(0, MAX_REASON), tag, sampleTime, sample, payload);
        }
        if (deadLetters.length > 0) {
          trimLetters.run(MAX_DEAD_LETTERS);
          trimPayloads.run();
        }
      };
      try {
        inTransaction(database, write);
      } catch (error) {
        load();
        throw error;
      }
      letters = Math.min(MAX_DEAD_LETTERS, letters + deadLetters.length);
    },
    /** Those that overlap the range, oldest first; of very many the newest. */
    incidents: ({ from, to }: Range): StoredIncident[] => incidentsIn.all(from, to).map(incidentOf).reverse(),
    newestIncidents: (most: number): StoredIncident[] =>
      incidentsNewest.all(Math.min(most, MAX_ANSWER)).map(incidentOf),
    deadLetters: (most: number): DeadLetter[] =>
      lettersNewest.all(Math.min(most, MAX_DEAD_LETTERS)).map((row) => ({
        time: Number(row["time"]) as Micros,
        edge: String(row["edge"]),
        reason: String(row["reason"]),
        tag: row["tag"] as TagId | null,
        sampleTime: row["sample_time"] as Micros | null,
        sample: row["sample"] as string | null,
        payload: row["payload"] as Uint8Array | null,
      })),
    deadLetterCount: (): number => letters,
    close: (): void => database.close(),
  };
}

const nameOf = (edge: string, stream: string): string => `${edge}/${stream}`;
