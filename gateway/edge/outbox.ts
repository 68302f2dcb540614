/**
 * The outbox: the only buffer of the edge. A sample is accepted when its batch is committed and fsynced here, and it
 * stays until the site's receipt says that the historian has stored it.
 */
import { encodeBatch, MAX_BATCH_SAMPLES } from "../model/batch.ts";
import { columnsOf } from "../model/columns.ts";
import { because, recordTag, type Incident } from "../model/record.ts";
import type { Sample } from "../model/sample.ts";
import { micros, type Micros } from "../model/units.ts";
import type { Log } from "../log.ts";
import { diskRoom, type DiskRoom } from "./diskroom.ts";
import { isBusy, isDamage, isFull, OutboxFile, setAside, type Evicted, type Lane, type Row } from "./outboxfile.ts";
import { salvage } from "./salvage.ts";
import { tell } from "./words.ts";

export type { Lane } from "./outboxfile.ts";
export type OutboxBatch = Row;
/** Inclusive. */
export type SequenceRange = readonly [first: number, last: number];

export interface OutboxOptions {
  readonly path: string;
  /** Name of the edge: incidents travel on its record tag. */
  readonly edge: string;
  readonly now: () => Micros;
  /** Most bytes of batches that wait; then the oldest backlog goes, else the oldest. The file is up to a fifth larger. */
  readonly maxBytes?: number;
  /** Disk space held back, to be given up when the disk is full, so that room can be made at all. */
  readonly ballastBytes?: number;
  readonly log?: Log;
  /** What cannot be cured without a new process (a file damaged under us); by default it ends the process. */
  readonly onFatal?: (error: unknown) => void;
}

export interface OutboxState {
  /** Batches, bytes and samples that wait for a receipt. */
  readonly batches: number;
  readonly bytes: number;
  readonly samples: number;
  /** When the oldest waiting batch was accepted. */
  readonly oldest: Micros | null;
  readonly first: number | null;
  /** Samples accepted since the outbox was made, incident records among them. */
  readonly accepted: number;
  readonly sequence: number;
  /** Samples that are in memory only, because they are younger than the commit interval or the disk refuses them. */
  readonly uncommitted: number;
}

/** Leaves 50 ms for the fsync, so that a sample is safe 250 ms after it came. */
const COMMIT_AFTER_MS = 200;
/** A disk that refuses a commit is tried again this often. */
const RETRY_MS = 1_000;
const DEFAULT_MAX_BYTES = 2_000_000_000;
/** What is held in memory while the disk refuses; an edge with 1 GB survives it. */
const MAX_SEALED_BYTES = 64 * 1024 * 1024;
/** Strings of one batch before compression, estimated at the most: keeps every message below MAX_BATCH_BYTES. */
const MAX_STRINGS_BYTES = 2 * 1024 * 1024;
/** Room made beyond the need, so that not every commit must evict, and the record of it finds a place. */
const MAX_SLACK_BYTES = 1024 * 1024;
const slackOf = (limit: number): number => Math.min(limit * 0.02, MAX_SLACK_BYTES);
/** While an outage makes it evict at every commit, one record tells a whole minute. */
const EVICTION_RECORD_MS = 60_000;
/** Ranges kept until the next commit; the receipts repeat what would be dropped. */
const MAX_FREED_RANGES = 10_000;

export function openOutbox(options: OutboxOptions): Outbox {
  const { path, now, log } = options;
  try {
    return new Outbox(options, new OutboxFile(path));
  } catch (error) {
    if (!isDamage(error)) {
      const reason = isBusy(error) ? "another process is using it; stop that one first" : "see the cause";
      throw new Error(`the outbox ${path} cannot be opened: ${reason}`, { cause: error });
    }
    const aside = setAside(path, now());
    log?.error({ err: error, aside }, "the outbox file is damaged: set aside; what can be read goes into a new one");
    const outbox = new Outbox(options, new OutboxFile(path));
    const { batches, samples, failures } = salvage(aside, (list) => outbox.accept(list, "backlog"));
    outbox.record({
      kind: "gap",
      from: now(),
      to: now(),
      ...because(tell("edge.damagedFile", { file: aside.slice(-60), batches, samples, failures })),
    });
    outbox.commit();
    return outbox;
  }
}

export class Outbox implements AsyncDisposable {
  readonly stream: string;
  /** Number of the newest batch when the file was opened; 0 of a new file. */
  readonly openedAt: number;
  readonly #options: OutboxOptions;
  readonly #file: OutboxFile;
  readonly #room: DiskRoom;
  readonly #listeners = new Set<(batches: readonly OutboxBatch[]) => void>();
  readonly #pending: Record<Lane, { samples: Sample[]; stringBytes: number }> = {
    live: { samples: [], stringBytes: 0 },
    backlog: { samples: [], stringBytes: 0 },
  };
  /** Encoded and numbered, not yet committed. More than a few only while the disk refuses. */
  #sealed: OutboxBatch[] = [];
  #sealedBytes = 0;
  #freed: SequenceRange[] = [];
  #sequence: number;
  #accepted: number;
  #newest: Micros;
  #evicted: Evicted | undefined;
  #evictedSince = -Infinity;
  #totals: { batches: number; bytes: number; samples: number };
  #lastRecord = 0;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  #closed = false;

  constructor(options: OutboxOptions, file: OutboxFile) {
    this.#options = options;
    this.#file = file;
    this.#room = diskRoom(options.path, options.maxBytes ?? DEFAULT_MAX_BYTES, options.ballastBytes ?? 0);
    this.stream = file.stream;
    ({
      sequence: this.#sequence,
      accepted: this.#accepted,
      newest: this.#newest,
      evicted: this.#evicted,
    } = file.counters());
    this.openedAt = this.#sequence;
    this.#totals = { ...file.totals() };
    this.#room.keepBallast();
  }

  /** Takes samples without ever blocking on the network; they are accepted within 250 ms. */
  accept(samples: readonly Sample[], lane: Lane = "live"): void {
    if (this.#closed) throw new Error(`the outbox ${this.#options.path} is closed`);
    let full = false;
    for (const sample of samples) {
      const pending = this.#pending[lane];
      pending.samples.push(sample);
      // UTF-8 takes at most three bytes per UTF-16 unit.
      if (typeof sample.value === "string") pending.stringBytes += sample.value.length * 3;
      if (pending.samples.length >= MAX_BATCH_SAMPLES || pending.stringBytes >= MAX_STRINGS_BYTES) {
        this.#seal(lane);
        full = true;
      }
    }
    if (full && !this.#failing) this.#flush();
    else this.#arm(COMMIT_AFTER_MS);
  }

  /** What was not kept, or not as it came: travels as a sample on the edge's record tag. */
  record(incident: Incident): void {
    this.accept([this.#recordOf(incident)]);
  }

  /** Commits now what is pending. False when the disk refuses: it stays in memory and is tried again. */
  commit(): boolean {
    return this.#flush();
  }

  /** The site has stored these: they may go. Done with the next commit. */
  free(ranges: readonly SequenceRange[]): void {
    if (this.#totals.batches === 0) return;
    this.#freed.push(...ranges.slice(0, MAX_FREED_RANGES - this.#freed.length));
    this.#arm(COMMIT_AFTER_MS);
  }

  /**
   * The file is shown to have lost its end (a disk that lied about its fsync, a restored snapshot): its next numbers
   * stand for other samples at the site already. The next start gives everything that waits new numbers.
   */
  disown(reason: string): void {
    if (this.#closed) return;
    this.#file.disown();
    this.#fatal(new Error(reason));
  }

  /** Waiting batches numbered above `sequence`, oldest first. */
  after(sequence: number, limit: number): OutboxBatch[] {
    if (this.#freed.length > 0) this.#flush();
    return this.#reading(() => this.#file.after(sequence, limit)) ?? [];
  }

  read(sequence: number): OutboxBatch | undefined {
    return this.#reading(() => this.#file.read(sequence));
  }

  state(): OutboxState {
    const oldest = this.#totals.batches === 0 ? undefined : this.#reading(() => this.#file.oldest());
    const sealed = this.#sealed.reduce((sum, batch) => sum + batch.samples, 0);
    return {
      ...this.#totals,
      oldest: oldest?.accepted ?? null,
      first: oldest?.sequence ?? null,
      accepted: this.#accepted,
      sequence: this.#sequence - this.#sealed.length,
      uncommitted: sealed + this.#pending.live.samples.length + this.#pending.backlog.samples.length,
    };
  }

  /** When the newest batch was committed, also by an earlier process; `undefined` before the first one. */
  get newest(): Micros | undefined {
    return this.#newest === 0 ? undefined : this.#newest;
  }

  /** Calls with the batches of each commit; the returned function ends it. */
  onCommit(listener: (batches: readonly OutboxBatch[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#evictedSince = -Infinity;
    if (!this.#flush()) {
      this.#options.log?.error(
        { samples: this.state().uncommitted },
        "closed while the disk refuses: these samples are lost",
      );
    }
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#file[Symbol.dispose]();
  }

  #arm(delay: number): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#flush();
      },
      this.#failing ? RETRY_MS : delay,
    );
  }

  #recordOf(incident: Incident): Sample {
    const time = micros(Math.max(this.#options.now(), this.#lastRecord + 1));
    this.#lastRecord = time;
    const value = JSON.stringify({ ...incident, reason: incident.reason.slice(0, 500) });
    return { tag: recordTag(this.#options.edge), time, value, quality: "good" };
  }

  #seal(lane: Lane): void {
    const { samples } = this.#pending[lane];
    if (samples.length === 0) return;
    this.#pending[lane] = { samples: [], stringBytes: 0 };
    const sequence = ++this.#sequence;
    const columns = columnsOf(samples);
    let [from, to] = [Infinity, -Infinity];
    for (const time of columns.times) {
      if (time < from) from = time;
      if (time > to) to = time;
    }
    this.#sealed.push({
      sequence,
      lane,
      accepted: this.#options.now(),
      from: micros(from),
      to: micros(to),
      samples: samples.length,
      payload: encodeBatch({ stream: this.stream, sequence, columns }),
    });
    this.#sealedBytes += this.#sealed.at(-1)?.payload.length ?? 0;
  }

  /** One transaction: frees, evictions, new batches and counters. True when nothing is left in memory. */
  #flush(): boolean {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed) return false;
    this.#tellEviction();
    this.#seal("backlog");
    this.#seal("live");
    if (this.#sealed.length === 0 && this.#freed.length === 0) return true;
    try {
      this.#write(0);
    } catch (error) {
      return this.#refused(error);
    }
    if (this.#failing) {
      this.#failing = false;
      this.#options.log?.info("the outbox commits again");
      this.#room.keepBallast();
    }
    return true;
  }

  #write(extraRoom: number): void {
    const totals = { ...this.#totals };
    const sealed = this.#sealed;
    let evicted = this.#evicted;
    const accepted = this.#accepted + sealed.reduce((sum, batch) => sum + batch.samples, 0);
    const newest = sealed.at(-1)?.accepted ?? this.#newest;
    this.#file.transaction(() => {
      for (const [first, last] of this.#freed) {
        const gone = this.#file.totals(first, last);
        if (gone.batches === 0) continue;
        this.#file.remove(first, last);
        totals.batches -= gone.batches;
        totals.bytes -= gone.bytes;
        totals.samples -= gone.samples;
      }
      // Evicting in time is sure to work; after the disk is full it may not.
      const limit = this.#room.limit(totals.bytes, () => this.#file.freeBytes()) - this.#sealedBytes;
      const target =
        totals.bytes > limit || extraRoom > 0 ? Math.min(limit - slackOf(limit), totals.bytes - extraRoom) : limit;
      while (totals.bytes > target && totals.batches > 0) {
        const victim = this.#file.firstToEvict();
        if (victim === undefined) break;
        this.#file.remove(victim.sequence, victim.sequence);
        totals.batches -= 1;
        totals.bytes -= victim.bytes;
        totals.samples -= victim.samples;
        evicted = joined(evicted, victim);
      }
      for (const batch of sealed) {
        this.#file.insert(batch);
        totals.batches += 1;
        totals.bytes += batch.payload.length;
        totals.samples += batch.samples;
      }
      this.#file.save({ sequence: this.#sequence, accepted, newest, evicted });
    });
    if (evicted !== undefined && this.#evicted === undefined) this.#evictionBegan(evicted);
    this.#evicted = evicted;
    const drained = totals.batches === 0 && this.#totals.batches > 0;
    this.#totals = totals;
    this.#accepted = accepted;
    this.#newest = newest;
    this.#sealed = [];
    this.#sealedBytes = 0;
    this.#freed = [];
    // The batches are committed, whatever happens from here on: they must be told of.
    if (sealed.length > 0) this.#tell(sealed);
    if (drained) this.#reading(() => this.#file.shrink());
  }

  #tell(batches: readonly OutboxBatch[]): void {
    for (const listener of this.#listeners) {
      try {
        listener(batches);
      } catch (error) {
        this.#options.log?.error({ err: error }, "a listener of the outbox failed");
      }
    }
  }

  #evictionBegan(evicted: Evicted): void {
    this.#evictedSince = performance.now();
    this.#options.log?.warn({ samples: evicted.count }, "the outbox is full: the oldest samples go, with a record");
    setTimeout(() => this.#flush(), EVICTION_RECORD_MS).unref();
  }

  #tellEviction(): void {
    const evicted = this.#evicted;
    if (evicted === undefined || performance.now() - this.#evictedSince < EVICTION_RECORD_MS) return;
    this.#evicted = undefined;
    this.#pending.live.samples.push(
      this.#recordOf({
        kind: "eviction",
        ...evicted,
        ...because(tell("edge.full")),
      }),
    );
  }

  /** The disk refuses. Nothing accepted is lost by it: it is still in the file, and the rest in memory, bounded. */
  #refused(error: unknown): boolean {
    if (isDamage(error)) {
      this.#fatal(error);
      return false;
    }
    if (!this.#failing) this.#options.log?.error({ err: error }, "the outbox cannot commit; trying again each second");
    this.#failing = true;
    if (isFull(error)) {
      this.#room.giveUpBallast();
      try {
        this.#file.checkpoint();
        this.#write(this.#sealedBytes + MAX_SLACK_BYTES);
        return true;
      } catch (again) {
        this.#options.log?.warn({ err: again }, "the disk is full and no room could be made");
      }
    }
    while (this.#sealedBytes > MAX_SEALED_BYTES) {
      const victim = this.#sealed.shift();
      if (victim === undefined) break;
      this.#sealedBytes -= victim.payload.length;
      this.#evicted = joined(this.#evicted, victim);
    }
    this.#arm(RETRY_MS);
    return false;
  }

  #reading<Result>(read: () => Result): Result | undefined {
    try {
      return read();
    } catch (error) {
      if (isDamage(error)) this.#fatal(error);
      else this.#options.log?.error({ err: error }, "the outbox cannot be read now");
      return undefined;
    }
  }

  /** A damaged file is cured at the next start, which sets it aside. */
  #fatal(cause: unknown): void {
    const { path } = this.#options;
    const error = new Error(`the outbox ${path} cannot be trusted any more; the next start sets it aside`, { cause });
    if (this.#options.onFatal !== undefined) this.#options.onFatal(error);
    else
      queueMicrotask(() => {
        throw error;
      });
  }
}

function joined(evicted: Evicted | undefined, batch: { from: Micros; to: Micros; samples: number }): Evicted {
  if (evicted === undefined) return { from: batch.from, to: batch.to, count: batch.samples };
  return {
    from: micros(Math.min(evicted.from, batch.from)),
    to: micros(Math.max(evicted.to, batch.to)),
    count: evicted.count + batch.samples,
  };
}
