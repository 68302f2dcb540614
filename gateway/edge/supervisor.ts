/** Runs one adapter per connection and starts it again when it ends, fails or falls silent; none disturbs another. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionStatus } from "../model/messages.ts";
import type { AdapterContext, Protocol, Trouble } from "../model/protocol.ts";
import type { TagFields } from "../model/quantity.ts";
import type { Incident } from "../model/record.ts";
import type { Sample } from "../model/sample.ts";
import type { Clock } from "../model/time.ts";
import type { Told } from "../model/told.ts";
import type { Log } from "../log.ts";
import { gapBook, type GapBook } from "./gaps.ts";
import { normaliser, type Normaliser } from "./normalise.ts";
import { tell } from "./words.ts";

/** What every connection in the configuration has, whatever its protocol. */
export interface AnyConnection {
  readonly protocol: string;
  readonly tags: Readonly<Record<string, TagFields>>;
}

export interface SupervisionOptions {
  readonly name: string;
  readonly connection: AnyConnection;
  readonly protocol: Protocol<AnyConnection>;
  /** For the connection's own files. */
  readonly folder: string;
  readonly clock: Clock;
  readonly accept: (samples: readonly Sample[]) => void;
  readonly record: (incident: Incident) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface Supervision {
  readonly status: () => ConnectionStatus;
  /** Resolves when the signal has aborted and the adapter is drained, or was given up. */
  readonly done: Promise<void>;
}

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;
/** An adapter that ran this long starts again without having to wait for its earlier failures. */
const STABLE_MS = 60_000;
/** Ends of many connections to one dead server must not come back at the same instant. */
const JITTER = 0.2;
/** How long a stop waits for an adapter; the process has to end within two seconds. */
const DRAIN_MS = 1_000;
/** How long an adapter that fell silent may take to end before the next one starts beside it. */
const GRACE_MS = 5_000;
const WATCH_MS = 500;
/** Under a fast clock a maximum age is shorter than a network's hiccup. */
const MIN_SILENCE_MS = 5_000;
/** Connecting and a first reading may take this long. */
const STARTING_MS = 60_000;
/** After a restart for silence the next one waits twice as long, up to this factor: a slow connection is not torn down for ever. */
const MAX_PATIENCE = 4;
/** Faults of tags in one status message; it goes out every two seconds. */
const MAX_TAG_FAULTS = 200;

type Fault = NonNullable<ConnectionStatus["fault"]>;

export function supervise(options: SupervisionOptions): Supervision {
  const supervised = new Supervised(options);
  return { status: () => supervised.status(), done: supervised.run() };
}

class Supervised {
  readonly #options: SupervisionOptions;
  readonly #normaliser: Normaliser;
  readonly #gaps: GapBook;
  readonly #tagFaults = new Map<string, Fault>();
  #state: ConnectionStatus["state"] = "starting";
  #fault: Fault | undefined;
  #restarts = 0;
  #readings = 0;
  #alive = performance.now();
  #patience = 1;
  /** Number of the run that may speak; one that was given up may not. */
  #current = 0;

  constructor(options: SupervisionOptions) {
    const { name, connection, clock, accept, record } = options;
    this.#options = options;
    this.#normaliser = normaliser({ connection: name, tags: connection.tags, accept, record, now: () => clock.now() });
    this.#gaps = gapBook({ connection: name, record: (incident) => this.#guarded(() => record(incident)) });
  }

  status(): ConnectionStatus {
    const { name, connection } = this.#options;
    return {
      name,
      protocol: connection.protocol,
      state: this.#state,
      ...(this.#fault === undefined ? {} : { fault: this.#fault }),
      restarts: this.#restarts,
      readings: this.#readings,
      tags: Object.fromEntries([...this.#tagFaults].slice(0, MAX_TAG_FAULTS)),
    };
  }

  async run(): Promise<void> {
    const { signal, log } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      const began = performance.now();
      this.#state = "starting";
      const failure = await this.#runOnce();
      if (signal.aborted) break;
      failures = performance.now() - began > STABLE_MS ? 1 : failures + 1;
      this.#restarts += 1;
      this.#state = "faulty";
      this.#tagFaults.clear();
      const delay = backoff(failures);
      log.warn({ err: failure, delayMs: Math.round(delay) }, "the connection ended and is made again");
      this.#setFault(toldOf(failure));
      await sleep(delay, undefined, { signal }).catch(() => undefined);
    }
    this.#state = "stopped";
    this.#guarded(() => this.#normaliser.close());
    this.#gaps.close();
  }

  /** Resolves with why the run is over. Never rejects. */
  async #runOnce(): Promise<unknown> {
    const { connection, protocol, signal } = this.#options;
    const run = ++this.#current;
    const own = new AbortController();
    const over = Promise.withResolvers<unknown>();
    const timers: NodeJS.Timeout[] = [];
    const later = (ms: number, reason: unknown) => timers.push(setTimeout(() => over.resolve(reason), ms));
    const stop = () => later(DRAIN_MS, signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    this.#alive = performance.now();
    timers.push(
      setInterval(() => {
        const silence = own.signal.aborted || signal.aborted ? undefined : this.#silence();
        if (silence === undefined) return;
        this.#patience = Math.min(this.#patience * 2, MAX_PATIENCE);
        own.abort(silence);
        later(GRACE_MS, silence);
      }, WATCH_MS),
    );
    const both = AbortSignal.any([signal, own.signal]);
    void (async () => {
      try {
        await protocol.run(connection, this.#context(run), both);
        over.resolve(own.signal.aborted ? own.signal.reason : new Error("the adapter ended without a reason"));
      } catch (error) {
        over.resolve(own.signal.aborted ? own.signal.reason : error);
      }
    })();
    const reason = await over.promise;
    this.#current += 1;
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    own.abort();
    return reason;
  }

  /** "Connected" is not "alive": an error when nothing came for longer than a value may be old. */
  #silence(): Silence | undefined {
    const { connection, clock } = this.#options;
    const tags = Object.values(connection.tags);
    // While it is faulty the adapter itself is trying, and says so; where every tag is refused nothing can come.
    if (tags.length === 0 || this.#state === "faulty" || this.#tagFaults.size >= tags.length) return undefined;
    const shortest = Math.min(...tags.map(({ maxAge }) => maxAge)) / clock.speed;
    const least = this.#state === "starting" ? STARTING_MS : MIN_SILENCE_MS;
    const limit = Math.max(shortest, least) * this.#patience;
    if (performance.now() - this.#alive <= limit) return undefined;
    return new Silence(Math.round(limit / 1000));
  }

  #context(run: number): AdapterContext {
    const { clock, folder, log } = this.#options;
    const speaking = (act: () => void) => {
      if (run === this.#current) this.#guarded(act);
    };
    return {
      now: () => clock.now(),
      speed: clock.speed,
      folder,
      emit: (readings) =>
        speaking(() => {
          if (readings.length === 0) return;
          this.#readings += readings.length;
          this.#alive = performance.now();
          if (this.#state === "starting") {
            this.#state = "connected";
            this.#fault = undefined;
          }
          this.#normaliser.take(readings);
        }),
      trouble: (trouble) => speaking(() => this.#trouble(trouble)),
      well: (tag) =>
        speaking(() => {
          this.#alive = performance.now();
          if (tag !== undefined) {
            this.#tagFaults.delete(tag);
            return;
          }
          if (this.#state !== "connected") log.info("connected");
          this.#state = "connected";
          this.#fault = undefined;
        }),
      note: (text) => speaking(() => log.info(text)),
      gap: (gap) => speaking(() => this.#gaps.add(gap)),
    };
  }

  #trouble({ tag, ...told }: Trouble): void {
    const { reason, advice } = told;
    if (tag === undefined) {
      if (this.#state !== "faulty") this.#options.log.warn({ reason, advice }, "the connection gives nothing");
      this.#state = "faulty";
      this.#setFault(told);
      return;
    }
    const known = this.#tagFaults.get(tag);
    if (known?.reason === reason) return;
    this.#options.log.warn({ tag, reason, advice }, "the tag gives nothing");
    this.#tagFaults.set(tag, faultOf(told, known?.since ?? this.#options.clock.now()));
  }

  #setFault(told: Told): void {
    this.#fault = faultOf(told, this.#fault?.since ?? this.#options.clock.now());
  }

  /** A driver must not be brought down by what happens behind it. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#options.log.error({ err: error }, "what the adapter gave could not be taken");
    }
  }
}

function backoff(failures: number): number {
  const delay = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), MAX_BACKOFF_MS);
  return delay * (1 + JITTER * (Math.random() * 2 - 1));
}

/** The end of an adapter that gave nothing for too long. */
class Silence extends Error {
  readonly told: Told;
  constructor(seconds: number) {
    const told = tell("edge.silent", { seconds });
    super(told.reason);
    this.told = told;
  }
}

function toldOf(failure: unknown): Told {
  if (failure instanceof Silence) return failure.told;
  return tell("edge.threw", { detail: failure instanceof Error ? failure.message : String(failure) });
}

const faultOf = ({ reason, advice, code, parameters }: Told, since: number): Fault => ({
  reason,
  advice,
  code,
  parameters: { ...parameters },
  since,
});
