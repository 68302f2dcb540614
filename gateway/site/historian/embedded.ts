/**
 * The embedded historian. A write is one row in the journal, fsynced; the same samples stay hot in memory until a
 * compaction merges them into chunks per tag and window. Merging twice changes nothing, so a compaction may be cut
 * off anywhere: the journal is emptied last.
 */
import type { Log } from "../../log.ts";
import { KIND_STRING, kindOf, type SampleColumns } from "../../model/columns.ts";
import type { Historian, Point, Rejected } from "../../model/historian.ts";
import type { Sample } from "../../model/sample.ts";
import type { Range } from "../../model/time.ts";
import { micros, MICROS_PER_MILLI, type Micros, type Millis, type TagId } from "../../model/units.ts";
import { inTransaction } from "../database.ts";
import { acceptable } from "./accept.ts";
import { HOUR_SPAN, spanFor, windowOf, WINDOW_MICROS } from "./chunk.ts";
import { HotSamples } from "./hot.ts";
import type { HistorianStats } from "./open.ts";
import { countSamples, latestSamples, readPoints, scanSamples, type View } from "./reading.ts";
import { HOUR_MICROS, WINDOWS_PER_HOUR } from "./rollup.ts";
import { cut, EMPTY_RUN, merge, type Run } from "./run.ts";
import { openStore, TIME_LIMIT, type Store } from "./store.ts";

/** Compacted at this many: about 6 MB of memory, and a third of a second to replay after a crash. */
const HOT_LIMIT = 300_000;
/** A writer waits for the compaction when this many are hot: memory stays bounded however fast they come. */
const HOT_MOST = 1_000_000;
/** The same two bounds for texts, in UTF-16 units: a machine that sends pages of text has few samples and much memory. */
const HOT_TEXT_LIMIT = 8_000_000;
const HOT_TEXT_MOST = 32_000_000;
/** Also compacted this often, so that the journal of a quiet plant stays short. One window: each chunk is written about twice. */
const COMPACT_EVERY_MS = 600_000;
const COMPACT_AGAIN_MS = 10_000;
/** How long one step may hold the event loop; with its commit it stays below 50 ms. */
const STEP_MS = 12;
/** Expiry lags an hour behind what `write` refuses, so that nothing accepted can meet an expired chunk. */
const EXPIRY_LAG = HOUR_MICROS;
const EXPIRE_AT_ONCE = 50;

export interface EmbeddedOptions {
  readonly path: string;
  /** How long samples are kept; roll-ups stay. */
  readonly retention: Millis;
  readonly now: () => Micros;
  readonly log: Log;
}

export class EmbeddedHistorian implements Historian {
  readonly #store: Store;
  readonly #options: EmbeddedOptions;
  readonly #timer: NodeJS.Timeout;
  #hot = new Map<TagId, HotSamples>();
  #hotCount = 0;
  #hotText = 0;
  /** What the running compaction merges, and up to which row of the journal. */
  #flushing = new Map<TagId, Run>();
  #flushingCount = 0;
  #flushingTo = 0;
  #journalEnd = 0;
  #compaction: Promise<void> | undefined;
  /** After a failure: a full disk is not asked again at every write. */
  #notBefore = 0;
  #rejected = 0;
  #error: string | null = null;
  #closed = false;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.#store = openStore(options.path);
    for (const { id, columns } of this.#store.journaled()) {
      this.#journalEnd = id;
      for (const one of columns) this.#heat(one);
    }
    this.#timer = setInterval(() => this.#compactSoon(), COMPACT_EVERY_MS);
    this.#timer.unref();
  }

  async write(columns: readonly SampleColumns[]): Promise<Rejected[]> {
    if (this.#closed) throw new Error("the historian is closed");
    if (this.#hotCount >= HOT_MOST || this.#hotText >= HOT_TEXT_MOST) await this.compact();
    const rejected: Rejected[] = [];
    const oldest = this.#options.now() - this.#options.retention * MICROS_PER_MILLI;
    const accepted = columns
      .map((one) => acceptable(one, oldest, TIME_LIMIT, rejected))
      .filter((one) => one.times.length > 0);
    if (accepted.length > 0) {
      try {
        this.#journalEnd = this.#store.journal(accepted);
        this.#error = null;
      } catch (error) {
        this.#error = (error as Error).message;
        throw error;
      }
      for (const one of accepted) this.#heat(one);
    }
    this.#rejected += rejected.length;
    if (this.#hotCount >= HOT_LIMIT || this.#hotText >= HOT_TEXT_LIMIT) this.#compactSoon();
    return rejected;
  }

  read(tag: TagId, range: Range, maxPoints: number): Promise<Point[]> {
    return readPoints(this.#view(), tag, range, maxPoints);
  }
  scan(tags: readonly TagId[], range: Range): AsyncIterable<readonly Sample[]> {
    return scanSamples(this.#view(), tags, range);
  }
  latest(tags: readonly TagId[], before?: Micros): Promise<Map<TagId, Sample>> {
    return Promise.resolve(latestSamples(this.#view(), tags, before ?? micros(TIME_LIMIT)));
  }
  count(tags: readonly TagId[], range: Range): Promise<number> {
    return Promise.resolve(countSamples(this.#view(), tags, range));
  }

  /** `samples` counts a sample that came twice as two until the compaction that finds it. */
  stats(): HistorianStats {
    return {
      kind: "embedded",
      reachable: !this.#closed && this.#error === null,
      samples: this.#store.totalSamples() + this.#flushingCount + this.#hotCount,
      bytes: this.#store.bytes(),
      rejected: this.#rejected,
      error: this.#error,
    };
  }

  /** Merges all that is hot into chunks, in short steps. One at a time: a second call waits for the first. */
  compact(): Promise<void> {
    this.#compaction ??= this.#merge().finally(() => {
      this.#compaction = undefined;
    });
    return this.#compaction;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#compaction?.catch(() => undefined);
    this.#store.close();
  }

  #compactSoon(): void {
    if (performance.now() < this.#notBefore) return;
    this.compact().catch((error: unknown) => {
      this.#notBefore = performance.now() + COMPACT_AGAIN_MS;
      this.#options.log.error(
        { err: error },
        "compaction failed; the samples are safe in the journal, it is tried again",
      );
    });
  }

  async #merge(): Promise<void> {
    if (this.#flushing.size === 0) {
      this.#flushing = new Map(Array.from(this.#hot, ([tag, samples]) => [tag, samples.run()]));
      this.#flushingCount = this.#hotCount;
      this.#flushingTo = this.#journalEnd;
      this.#hot = new Map();
      this.#hotCount = 0;
      this.#hotText = 0;
    }
    this.#store.register(Array.from(this.#flushing, ([tag, run]) => [tag, spanFor(run)] as const));
    const pieces = this.#pieces();
    for (let done = false; !done && !this.#closed;) {
      done = this.#step(pieces);
      await immediate();
    }
    if (this.#closed) return;
    await this.#expire();
  }

  *#pieces(): Generator<Piece> {
    for (const [tag, run] of this.#flushing) {
      const stored = this.#store.tag(tag);
      if (stored === undefined) continue;
      const { number, span } = stored;
      for (let i = 0; i < run.times.length;) {
        const window = windowOf(run.times[i] as number, span);
        const piece = cut(run, window * WINDOW_MICROS, (window + span) * WINDOW_MICROS);
        i += piece.times.length;
        yield { tag: number, window, run: piece };
      }
    }
  }

  /** Merges pieces for a few milliseconds. True when all are merged and the journal is cut. */
  #step(pieces: Generator<Piece>): boolean {
    const end = performance.now() + STEP_MS;
    // What is not fsynced here is fsynced by the commit that cuts the journal: the log keeps their order.
    this.#store.database.exec("PRAGMA synchronous = NORMAL");
    try {
      const more = inTransaction(this.#store.database, () => this.#mergePieces(pieces, end));
      if (more) return false;
    } catch (error) {
      pieces.return(undefined);
      throw error;
    } finally {
      this.#store.database.exec("PRAGMA synchronous = FULL");
    }
    this.#store.cutJournal(this.#flushingTo);
    this.#flushing = new Map();
    this.#flushingCount = 0;
    return true;
  }

  #mergePieces(pieces: Generator<Piece>, end: number): boolean {
    const touched = new Map<number, Set<number>>();
    let more = false;
    for (let next = pieces.next(); next.done !== true; next = pieces.next()) {
      const { tag, window, run } = next.value;
      if (this.#store.extendChunk(tag, window, run) || this.#mergeChunk(tag, window, run)) {
        const hours = touched.get(tag) ?? new Set();
        touched.set(tag, hours.add(Math.floor(window / WINDOWS_PER_HOUR)));
      }
      if (performance.now() >= end) {
        more = true;
        break;
      }
    }
    for (const [tag, hours] of touched) for (const hour of hours) this.#store.refreshHour(tag, hour);
    return more;
  }

  /** False when the chunk has all of them already. */
  #mergeChunk(tag: number, window: number, run: Run): boolean {
    const stored = this.#store.chunk(tag, window) ?? EMPTY_RUN;
    const merged = merge(stored, run);
    const added = merged.times.length - stored.times.length;
    if (added > 0) this.#store.putChunk(tag, window, merged, added);
    return added > 0;
  }

  async #expire(): Promise<void> {
    const limit = this.#options.now() - this.#options.retention * MICROS_PER_MILLI - EXPIRY_LAG;
    const before = windowOf(limit, HOUR_SPAN);
    for (const { number } of this.#store.tags()) {
      for (let more = before > 0; more && !this.#closed;) {
        const done = inTransaction(this.#store.database, () => this.#store.expire(number, before, EXPIRE_AT_ONCE));
        more = done === EXPIRE_AT_ONCE;
        if (done > 0) await immediate();
      }
    }
  }

  #heat(columns: SampleColumns): void {
    const { tags, tagIndex, times, flags, values, strings } = columns;
    const hot = tags.map((tag) => {
      const samples = this.#hot.get(tag) ?? new HotSamples();
      this.#hot.set(tag, samples);
      return samples;
    });
    const n = times.length;
    for (let i = 0; i < n; i++) {
      const flag = flags[i] as number;
      const value = values[i] as number;
      const text = kindOf(flag) === KIND_STRING ? (strings[value] ?? "") : "";
      hot[tagIndex[i] as number]?.add(times[i] as number, flag, value, text);
    }
    this.#hotCount += n;
    for (const text of strings) this.#hotText += text.length;
  }

  #view(): View {
    return {
      store: this.#store,
      hot: (tag) => merge(this.#flushing.get(tag) ?? EMPTY_RUN, this.#hot.get(tag)?.run() ?? EMPTY_RUN),
      closed: () => this.#closed,
    };
  }
}

/** What is to be merged into one chunk. */
interface Piece {
  readonly tag: number;
  readonly window: number;
  readonly run: Run;
}

const immediate = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
