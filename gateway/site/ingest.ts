/**
 * The ingest: batches from MQTT into the historian, and receipts back. The order is the promise: the historian is
 * durable first, then the ranges, then the receipt goes out. A crash in between means that the edge sends again, and
 * what comes again changes nothing.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { MqttClient } from "mqtt";
import type { Log } from "../log.ts";
import { batchHeader, decodeBatch, MAX_BATCH_BYTES, type Batch } from "../model/batch.ts";
import { columnsOf, samplesOf, type SampleColumns } from "../model/columns.ts";
import type { Historian, Rejected } from "../model/historian.ts";
import { EdgeGone, edgeOfTopic, EdgeStatus, topics } from "../model/messages.ts";
import { Incident, isRecordTag } from "../model/record.ts";
import type { Sample } from "../model/sample.ts";
import type { Range } from "../model/time.ts";
import type { Micros, TagId } from "../model/units.ts";
import { openBook, type DeadLetter, type StoredIncident, type Stream } from "./ingest/book.ts";
import { createInbox, type Message } from "./ingest/inbox.ts";
import { createLive } from "./ingest/live.ts";
import { createReceipts } from "./ingest/receipts.ts";

export interface IngestOptions {
  /** Connected or not; its `handleMessage` is taken over to slow the broker down when storage is behind. */
  readonly client: MqttClient;
  readonly historian: Historian;
  /** Where `ingest.db` is kept. */
  readonly folder: string;
  readonly now: () => Micros;
  readonly log: Log;
  /** Told after the samples are durable. */
  readonly onStored: (columns: readonly SampleColumns[]) => void;
  /** Tags whose newest stored sample `latest` shows from the start. */
  readonly tags?: readonly TagId[];
}

export interface EdgeSeen {
  readonly edge: string;
  readonly online: boolean;
  /** The newest status; undefined when only the last will, or batches, have been seen. */
  readonly status: EdgeStatus | undefined;
  /** When anything came from it last, by our clock. */
  readonly seen: Micros;
  /** When the status came, by our clock: with `status.time` this gives the difference of the clocks. */
  readonly statusAt: Micros | undefined;
}

export interface ReceiptState {
  readonly edge: string;
  readonly stream: string;
  /** Everything up to here is stored. */
  readonly storedTo: number;
  /** Missing stretches below the newest stored batch. */
  readonly holes: number;
}

export interface IngestCounters {
  /** Samples stored since the process started. */
  readonly stored: number;
  readonly batches: number;
  readonly receipts: number;
  /** Samples of batches that came again. */
  readonly duplicates: number;
  /** Kept dead letters, those of earlier runs included. */
  readonly deadLetters: number;
  /** Messages that were let go because storage was behind; the edge sends them again. */
  readonly refused: number;
  readonly samplesPerSecond: number;
  /** Bytes that wait to be stored. */
  readonly waitingBytes: number;
  /** Why nothing can be stored now. */
  readonly failing: string | null;
}

export interface Ingest extends AsyncDisposable {
  counters(): IngestCounters;
  edges(): EdgeSeen[];
  /** The newest stream of each edge. */
  receipts(): ReceiptState[];
  incidents(range: Range): StoredIncident[];
  newestIncidents(most: number): StoredIncident[];
  deadLetters(most: number): DeadLetter[];
  latest(): ReadonlyMap<TagId, Sample>;
  perMinute(tag: TagId): number;
}

/** Undecoded bytes that may wait: some seconds of a fast backlog. Twice this is the most that memory ever holds. */
const INBOX_BYTES = 32 * 1024 * 1024;
/** How long a message is held at the broker before it is let go: well below every keepalive and drain time-out. */
const PATIENCE_MS = 5_000;
/** One group, one fsync. Its decoding holds the event loop for about 15 ms. */
const GROUP_BATCHES = 256;
const GROUP_BYTES = 128 * 1024;
/** Between attempts while the historian cannot be reached. */
const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 10_000;
/** How long a write under way may take once we are told to stop. */
const STOP_MS = 1_500;
/** Edges that are remembered; anonymous clients cannot publish, so only configured ones appear. */
const MAX_EDGES = 1_000;

export async function startIngest(options: IngestOptions): Promise<Ingest> {
  const { client, historian, folder, now, log, onStored } = options;
  const book = openBook(folder);
  const inbox = createInbox(INBOX_BYTES, PATIENCE_MS);
  const live = createLive(now);
  const receipts = createReceipts(client, log);
  const edges = new Map<string, EdgeSeen>();
  const complained = new Set<string>();
  const stopped = new AbortController();
  const count = { stored: 0, batches: 0, duplicates: 0, refused: 0 };
  let failing: string | null = null;

  client.handleMessage = (packet, done) => {
    const edge = edgeOfTopic(packet.topic);
    const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
    if (edge !== undefined && packet.topic === topics.batch(edge)) {
      inbox.offer({ edge, payload }, (taken) => {
        if (!taken) count.refused++;
        done();
      });
      return;
    }
    if (edge !== undefined && packet.topic === topics.status(edge)) noteStatus(edge, payload);
    done();
  };
  client.subscribe([topics.anyBatch, topics.anyStatus], { qos: 1 }, (error) => {
    if (error && !stopped.signal.aborted)
      log.error({ error: error.message }, "cannot subscribe to batches: no data will arrive");
  });
  if (options.tags !== undefined) {
    historian.latest(options.tags).then(
      (samples) => live.prime(samples.values()),
      (error: unknown) =>
        log.warn({ err: error }, "the newest stored values could not be read; they appear as they arrive"),
    );
  }
  const pumping = pump();

  async function pump(): Promise<void> {
    for (;;) {
      const messages = await inbox.take(GROUP_BATCHES, GROUP_BYTES);
      if (messages.length === 0) return;
      await store(sorted(messages));
    }
  }

  /** Stores one group and answers it; comes back only when that is done, or when the ingest is stopped. */
  async function store(group: Group): Promise<void> {
    const columns = group.fresh.map(({ batch }) => batch.columns).filter(({ times }) => times.length > 0);
    const rejected = columns.length === 0 ? [] : await writeUntilDone(columns);
    if (rejected === undefined) return;
    const stored = rejected.length === 0 ? columns : without(columns, rejected);
    // Before it is remembered as stored: cut off in between, the batch comes again and is told again.
    if (stored.length > 0) onStored(stored);
    const refusedLetters = rejected.map((one) => letterOf(one, group, now()));
    const incidents = group.fresh.flatMap(({ edge, batch }) => incidentsOf(edge, batch.columns));
    const delivered = [...group.fresh.map(({ edge, batch }) => ({ edge, ...batch })), ...group.unreadable];
    await untilDone("remember what was stored", async () =>
      book.record({ batches: delivered, incidents, deadLetters: [...group.deadLetters, ...refusedLetters] }),
    );
    if (stopped.signal.aborted) return;
    answer([...delivered, ...group.again]);
    for (const one of stored) live.stored(one);
    count.batches += group.fresh.length;
    count.stored += stored.reduce((sum, { times }) => sum + times.length, 0);
  }

  const writeUntilDone = (columns: readonly SampleColumns[]): Promise<Rejected[] | undefined> =>
    untilDone("store samples", () => historian.write(columns));

  /** Tries again for ever, ever slower; undefined only when the ingest is stopped. */
  async function untilDone<Result>(what: string, attempt: () => Promise<Result>): Promise<Result | undefined> {
    for (let pause = RETRY_FIRST_MS; !stopped.signal.aborted; pause = Math.min(pause * 2, RETRY_MOST_MS)) {
      try {
        const result = await attempt();
        if (failing !== null) log.info(`storage works again`);
        failing = null;
        return result;
      } catch (error) {
        const reason = (error as Error).message;
        if (failing !== reason) log.error({ reason }, `cannot ${what}; edges keep their samples, it is tried again`);
        failing = reason;
        await sleep(pause, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  function answer(batches: readonly BatchName[]): void {
    const perStream = Map.groupBy(batches, ({ edge, stream }) => book.stream(edge, stream));
    for (const [stream, some] of perStream) {
      if (stream !== undefined)
        receipts.owe(
          stream,
          some.map(({ sequence }) => sequence),
        );
    }
  }

  function sorted(messages: readonly Message[]): Group {
    const group: Mutable<Group> = { fresh: [], again: [], unreadable: [], deadLetters: [] };
    const names = new Set<string>();
    for (const { edge, payload } of messages) {
      const header = batchHeader(payload);
      const isNew = header === undefined || !book.holds(edge, header.stream, header.sequence);
      // What a feed sent twice may still wait here when it has said goodbye.
      if (isNew || edges.has(edge)) note(edge, {});
      if (header !== undefined) {
        const name = { edge, stream: header.stream, sequence: header.sequence };
        const key = `${edge}/${header.stream}/${header.sequence}`;
        if (names.has(key) || !isNew) {
          count.duplicates += header.samples;
          group.again.push(name);
          continue;
        }
        names.add(key);
      }
      const batch = decoded(payload);
      if (!(batch instanceof Error)) {
        group.fresh.push({ edge, batch });
        continue;
      }
      if (!complained.has(edge)) {
        complained.add(edge);
        log.error(
          { edge, reason: batch.message },
          "batch cannot be read; it is kept among the dead letters, as are later ones",
        );
      }
      group.deadLetters.push(unreadableLetter(edge, payload, batch.message, now()));
      // It will never become readable, and is kept here whole: the edge need not send it for ever.
      if (header !== undefined) group.unreadable.push({ edge, stream: header.stream, sequence: header.sequence });
    }
    return group;
  }

  function note(edge: string, change: Partial<EdgeSeen>): void {
    const known = edges.get(edge);
    if (known === undefined && edges.size >= MAX_EDGES) return;
    const fresh = { edge, online: true, status: undefined, statusAt: undefined };
    edges.set(edge, { ...fresh, ...known, ...change, seen: now() });
  }

  function noteStatus(edge: string, payload: Buffer): void {
    const json = parsed(payload);
    const status = EdgeStatus.safeParse(json);
    const gone = EdgeGone.safeParse(json);
    if (status.success) note(edge, { status: status.data, online: status.data.online, statusAt: now() });
    else if (gone.data?.finished === true) edges.delete(edge);
    else if (gone.success) note(edge, { online: false });
    else log.warn({ edge, reason: status.error.message }, "edge status does not fit its schema; it is ignored");
  }

  return {
    counters: () => ({
      ...count,
      receipts: receipts.sent(),
      deadLetters: book.deadLetterCount(),
      samplesPerSecond: live.samplesPerSecond(),
      waitingBytes: inbox.bytes,
      failing,
    }),
    edges: () => [...edges.values()],
    receipts: () => [...new Map(Array.from(book.streams(), (stream) => [stream.edge, receiptState(stream)])).values()],
    incidents: book.incidents,
    newestIncidents: book.newestIncidents,
    deadLetters: book.deadLetters,
    latest: () => live.latest,
    perMinute: (tag) => live.perMinute(tag),
    async [Symbol.asyncDispose]() {
      if (stopped.signal.aborted) return;
      stopped.abort();
      client.handleMessage = (_packet, done) => done();
      inbox.close();
      // A store that hangs must not hang us: what it has not confirmed has no receipt.
      await Promise.race([pumping, sleep(STOP_MS, undefined, { ref: false })]);
      book.close();
    },
  };
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] extends readonly (infer Item)[] ? Item[] : Type[Key] };
interface BatchName {
  readonly edge: string;
  readonly stream: string;
  readonly sequence: number;
}
interface Group {
  readonly fresh: readonly { readonly edge: string; readonly batch: Batch }[];
  /** Stored before: answered again, not written again. */
  readonly again: readonly BatchName[];
  readonly unreadable: readonly BatchName[];
  readonly deadLetters: readonly DeadLetter[];
}

function decoded(payload: Buffer): Batch | Error {
  if (payload.length > MAX_BATCH_BYTES) {
    return new Error(`message of ${payload.length} bytes; at most ${MAX_BATCH_BYTES} are accepted`);
  }
  try {
    return decodeBatch(payload);
  } catch (error) {
    return error as Error;
  }
}

const unreadableLetter = (edge: string, payload: Buffer, reason: string, time: Micros): DeadLetter => ({
  time,
  edge,
  reason,
  tag: null,
  sampleTime: null,
  sample: null,
  payload: payload.subarray(0, MAX_BATCH_BYTES),
});

function letterOf({ sample, reason }: Rejected, { fresh }: Group, time: Micros): DeadLetter {
  const { tag, time: sampleTime, value, quality } = sample;
  const edge = fresh.find(({ batch }) => batch.columns.tags.includes(tag))?.edge ?? "";
  return { time, edge, reason, tag, sampleTime, sample: JSON.stringify({ value, quality }), payload: null };
}

/** The records among the samples. One that does not fit is still in the historian as the sample that it is. */
function incidentsOf(edge: string, columns: SampleColumns): StoredIncident[] {
  if (!columns.tags.some(isRecordTag)) return [];
  return samplesOf(columns).flatMap(({ tag, time, value }) => {
    if (!isRecordTag(tag) || typeof value !== "string") return [];
    const incident = Incident.safeParse(parsed(value));
    return incident.success ? [{ ...incident.data, edge, time }] : [];
  });
}

function without(columns: readonly SampleColumns[], rejected: readonly Rejected[]): SampleColumns[] {
  const gone = new Set(rejected.map(({ sample }) => `${sample.time} ${sample.tag}`));
  return columns
    .map((one) => columnsOf(samplesOf(one).filter(({ tag, time }) => !gone.has(`${time} ${tag}`))))
    .filter(({ times }) => times.length > 0);
}

function receiptState({ edge, stream, ranges }: Stream): ReceiptState {
  const [first] = ranges;
  return {
    edge,
    stream,
    storedTo: first?.[0] === 1 ? first[1] : 0,
    holes: ranges.length - (first?.[0] === 1 ? 1 : 0),
  };
}

function parsed(json: Buffer | string): unknown {
  try {
    return JSON.parse(json.toString());
  } catch {
    return undefined;
  }
}
