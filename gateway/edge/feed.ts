/** Sends samples that exist already (an import, a demo's history) the way of all data, as a backlog with its own outbox. */
import { setTimeout as sleep } from "node:timers/promises";
import type { MqttClient } from "mqtt";
import { connectMqtt, type MqttConfig } from "../link/connect.ts";
import { topics } from "../model/messages.ts";
import { MAX_STRING_BYTES, type Sample, type Value } from "../model/sample.ts";
import { wallClock } from "../model/time.ts";
import type { Micros } from "../model/units.ts";
import type { Log } from "../log.ts";
import { openOutbox, type Outbox } from "./outbox.ts";
import { startPublisher } from "./publisher.ts";
import { farewell, lastWill } from "./status.ts";

export interface FeedProgress {
  /** Samples accepted in this run. */
  readonly accepted: number;
  /** Samples, of this and of an interrupted run, that wait for their receipt. */
  readonly waiting: number;
}

export interface FeedOptions {
  /** Name under which it appears beside the real edges; also its user name. */
  readonly edge: string;
  /** Its outbox file. An interrupted feed leaves it; the next one with the same path sends the rest too. */
  readonly path: string;
  readonly mqtt: MqttConfig;
  readonly password: string;
  readonly samples: AsyncIterable<readonly Sample[]>;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: FeedProgress) => void;
}

/** What may wait before the source is read further: keeps the file small and the disk free for the real edge. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const WAIT_MS = 20;
const PROGRESS_MS = 250;
/** A broker that goes away now costs no more than this. */
const GOODBYE_MS = 1_000;

/** Resolves with the number of samples when every batch has its receipt. Throws the signal's reason when it aborts; run again, it goes on. */
export async function feed(options: FeedOptions): Promise<number> {
  const { edge, path, mqtt, password, samples, log } = options;
  options.signal.throwIfAborted();
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const onFatal = (error: unknown) => broken.abort(error);
  await using outbox = openOutbox({ path, edge, now: () => wallClock.now(), log, onFatal });
  const client = await connectMqtt(mqtt, {
    clientId: `fieldlab-${edge}-${outbox.stream.slice(0, 8)}`,
    username: edge,
    password,
    // Not kept by the broker: of a feed that is over, a later site need not know.
    will: { ...lastWill(edge), retain: false },
  });
  let finished = false;
  let lastError = "";
  client.on("error", ({ message }) => {
    if (message !== lastError) log.warn({ reason: message }, "no connection to the broker; trying on");
    lastError = message;
  });
  try {
    await using _publisher = startPublisher({ outbox, client, edge, log });
    const before = outbox.state().accepted;
    const progress = () => {
      const state = outbox.state();
      options.onProgress?.({ accepted: state.accepted - before, waiting: state.samples + state.uncommitted });
    };
    let shown = 0;
    for await (const list of samples) {
      for (const sample of list) refuseUnfit(sample);
      outbox.accept(list, "backlog");
      await room(outbox, MAX_WAITING_BYTES, signal);
      if (performance.now() - shown < PROGRESS_MS) continue;
      shown = performance.now();
      progress();
    }
    outbox.commit();
    const accepted = outbox.state().accepted - before;
    for (let state = outbox.state(); state.batches > 0 || state.uncommitted > 0; state = outbox.state()) {
      progress();
      await sleep(PROGRESS_MS / 5, undefined, { signal });
    }
    progress();
    finished = true;
    return accepted;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await sayGoodbye(client, edge, finished);
    await client.endAsync(!client.connected);
  }
}

/** A feed that is over is no edge that could come back: the site need not wait for it. */
async function sayGoodbye(client: MqttClient, edge: string, finished: boolean): Promise<void> {
  if (!client.connected) return;
  const said = client.publishAsync(topics.status(edge), farewell(finished), { qos: 1 }).catch(() => undefined);
  await Promise.race([said, sleep(GOODBYE_MS, undefined, { ref: false })]);
}

/** Lets the network have its turn after each list, and waits while too much is under way or the disk refuses. */
async function room(outbox: Outbox, bytes: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
  signal.throwIfAborted();
  for (let state = outbox.state(); state.bytes > bytes || state.uncommitted > 100_000; state = outbox.state()) {
    await sleep(WAIT_MS, undefined, { signal });
  }
}

/** The site would refuse the whole batch for one of these: a bug of the caller, not something to drop. */
function refuseUnfit({ tag, time, value }: Sample): void {
  const wrong = unfit(time, value);
  if (wrong !== undefined) throw new Error(`sample of ${tag} at ${time}: ${wrong}`);
}

function unfit(time: Micros, value: Value | null): string | undefined {
  if (!Number.isSafeInteger(time)) return "expected whole µs since 1970";
  if (typeof value === "number") return Number.isFinite(value) ? undefined : `${value} is no value; use null`;
  if (typeof value !== "string" || value.length <= MAX_STRING_BYTES / 3) return undefined;
  const bytes = Buffer.byteLength(value);
  return bytes > MAX_STRING_BYTES ? `text of ${bytes} bytes; at most ${MAX_STRING_BYTES} are kept` : undefined;
}
