/**
 * Sends what waits in the outbox and frees it on the site's receipts alone. Live batches go at once; what an outage
 * left behind goes beside them, oldest first, in a bounded window. A broker's acknowledgement frees nothing.
 */
import type { MqttClient } from "mqtt";
import { batchHeader, encodeBatch } from "../model/batch.ts";
import { columnsOf } from "../model/columns.ts";
import { Receipt, topics } from "../model/messages.ts";
import { because } from "../model/record.ts";
import { millis, type Millis } from "../model/units.ts";
import type { Log } from "../log.ts";
import type { Outbox, OutboxBatch } from "./outbox.ts";
import { tell } from "./words.ts";

export interface PublisherOptions {
  readonly outbox: Outbox;
  readonly client: MqttClient;
  readonly edge: string;
  readonly log: Log;
  readonly signal?: AbortSignal;
  /** A batch without a receipt is taken for lost after this. */
  readonly receiptTimeout?: Millis;
}

export interface Publisher extends AsyncDisposable {
  /** Batches that were sent and have no receipt yet. */
  readonly inFlight: number;
}

/** What may be under way without a receipt: enough for a second of a fast site, little enough for a small broker. */
const BACKLOG_WINDOW = { batches: 64, bytes: 4 * 1024 * 1024 };
/** Live batches may go out beside a full backlog window; past this they wait as backlog themselves. */
const LIVE_WINDOW = { batches: 64, bytes: 8 * 1024 * 1024 };
const READ_AHEAD_BATCHES = 8;
/** A store that is asked to write durably may take seconds over it when it is busy. */
const RECEIPT_TIMEOUT = millis(10_000);
/** … and sooner when one that was sent so much later has its receipt already. */
const OVERTAKEN_MS = 2_000;
const CHECK_MS = 1_000;
/** Longest receipt that is parsed; a full one takes a tenth of it. */
const MAX_RECEIPT_BYTES = 64 * 1024;

interface Sent {
  readonly bytes: number;
  readonly live: boolean;
  readonly at: number;
}

export function startPublisher(options: PublisherOptions): Publisher {
  return new RunningPublisher(options);
}

class RunningPublisher implements Publisher {
  readonly #options: PublisherOptions;
  readonly #timeout: Millis;
  readonly #topic: string;
  readonly #receiptTopic: string;
  readonly #sent = new Map<number, Sent>();
  /** Ids of messages that the broker has not acknowledged; withdrawn when the connection goes, because we send again. */
  readonly #unacknowledged = new Set<number>();
  readonly #stops: (() => void)[] = [];
  #bytes = { live: 0, backlog: 0 };
  #batches = { live: 0, backlog: 0 };
  /** Everything numbered up to here is sent or gone. */
  #cursor = 0;
  /** False while the outbox may hold something above the cursor that is not sent. */
  #caughtUp = false;
  #open = false;
  #pumping = false;
  /**
   * Whether the site has told this process what it has of our stream. Until then nothing new is sent: were the file an
   * older copy, its next numbers would stand for other samples there already, and be receipted unseen.
   */
  #known: boolean;
  #lastReceipt = performance.now();

  constructor(options: PublisherOptions) {
    const { client, outbox, edge, signal } = options;
    this.#options = options;
    this.#known = outbox.openedAt === 0;
    this.#timeout = options.receiptTimeout ?? RECEIPT_TIMEOUT;
    this.#topic = topics.batch(edge);
    this.#receiptTopic = topics.receipt(edge);
    const onConnect = () => this.#subscribe();
    const onClose = () => this.#closed();
    const onMessage = (topic: string, payload: Buffer, { retain }: { readonly retain: boolean }) => {
      if (topic === this.#receiptTopic) this.#receipt(payload, retain);
    };
    client.on("connect", onConnect).on("close", onClose).on("message", onMessage);
    const timer = setInterval(() => this.#check(), CHECK_MS);
    this.#stops.push(
      outbox.onCommit((batches) => this.#committed(batches)),
      () => clearInterval(timer),
      () => client.off("connect", onConnect).off("close", onClose).off("message", onMessage),
    );
    signal?.addEventListener("abort", () => void this[Symbol.asyncDispose](), { once: true });
    if (client.connected) onConnect();
  }

  get inFlight(): number {
    return this.#sent.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    this.#closed();
  }

  /** Sending begins when the receipts can be heard. */
  #subscribe(): void {
    const { client, log } = this.#options;
    client.subscribe(this.#receiptTopic, { qos: 1 }, (error, granted) => {
      const refused = granted?.some(({ qos }) => qos === 128) === true;
      if (error !== null || refused) {
        log.warn(
          { err: error, topic: this.#receiptTopic },
          "the broker refuses the receipts; check the edge's rights there",
        );
        return;
      }
      if (!client.connected || this.#stops.length === 0) return;
      this.#forgetSent();
      this.#open = true;
      this.#lastReceipt = performance.now();
      if (this.#known) this.#pump();
      else this.#ask();
    });
  }

  #closed(): void {
    this.#open = false;
    for (const id of this.#unacknowledged) this.#options.client.removeOutgoingMessage(id);
    this.#unacknowledged.clear();
    this.#forgetSent();
  }

  #forgetSent(): void {
    this.#sent.clear();
    this.#bytes = { live: 0, backlog: 0 };
    this.#batches = { live: 0, backlog: 0 };
    this.#cursor = 0;
    this.#caughtUp = false;
  }

  #committed(batches: readonly OutboxBatch[]): void {
    for (const batch of batches) {
      const room = this.#known && this.#batches.live < LIVE_WINDOW.batches && this.#bytes.live < LIVE_WINDOW.bytes;
      if (this.#open && batch.lane === "live" && room) this.#send(batch, true);
      else this.#caughtUp = false;
    }
    this.#pump();
  }

  /** Fills the backlog's window from the outbox. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#open && this.#known && !this.#caughtUp && this.#backlogHasRoom()) {
        const most = Math.min(READ_AHEAD_BATCHES, BACKLOG_WINDOW.batches - this.#batches.backlog);
        const batches = this.#options.outbox.after(this.#cursor, most);
        if (batches.length < most) this.#caughtUp = true;
        for (const batch of batches) {
          if (!this.#backlogHasRoom()) {
            this.#caughtUp = false;
            break;
          }
          this.#cursor = batch.sequence;
          if (!this.#sent.has(batch.sequence)) this.#send(batch, false);
        }
      }
    } finally {
      this.#pumping = false;
    }
  }

  #backlogHasRoom(): boolean {
    return this.#batches.backlog < BACKLOG_WINDOW.batches && this.#bytes.backlog < BACKLOG_WINDOW.bytes;
  }

  #send({ sequence, payload, from, to, samples }: OutboxBatch, live: boolean): void {
    const { client, outbox, log } = this.#options;
    const header = batchHeader(payload);
    if (header?.stream !== outbox.stream || header.sequence !== sequence) {
      log.error({ sequence }, "a batch in the outbox is damaged: it cannot be sent and goes, with a record");
      const why = because(tell("edge.damagedBatch"));
      outbox.record({ kind: "gap", from, to, count: samples, ...why });
      outbox.free([[sequence, sequence]]);
      return;
    }
    this.#note(sequence, { bytes: payload.length, live, at: performance.now() });
    let id: number | undefined;
    client.publish(this.#topic, payload, { qos: 1 }, () => {
      if (id !== undefined) this.#unacknowledged.delete(id);
    });
    id = client.getLastMessageId();
    this.#unacknowledged.add(id);
  }

  #note(sequence: number, sent: Sent): void {
    this.#drop(sequence);
    this.#sent.set(sequence, sent);
    const lane = sent.live ? "live" : "backlog";
    this.#batches[lane] += 1;
    this.#bytes[lane] += sent.bytes;
  }

  #drop(sequence: number): Sent | undefined {
    const sent = this.#sent.get(sequence);
    if (sent === undefined) return undefined;
    this.#sent.delete(sequence);
    const lane = sent.live ? "live" : "backlog";
    this.#batches[lane] -= 1;
    this.#bytes[lane] -= sent.bytes;
    return sent;
  }

  /** @param kept by the broker: it may be older than the site's memory, which may come from a backup, and frees nothing */
  #receipt(payload: Buffer, kept: boolean): void {
    const { outbox, log } = this.#options;
    const receipt = parseReceipt(payload);
    if (typeof receipt === "string") {
      log.warn({ topic: this.#receiptTopic, reason: receipt }, "a receipt that is none is ignored");
      return;
    }
    if (receipt.stream !== outbox.stream) return;
    const { sequence: newest } = outbox.state();
    const last = receipt.stored.at(-1)?.[1] ?? 0;
    if (last > newest) {
      outbox.disown(`the site has stored batch ${last} of its stream, but the file ends at ${newest}: it lost its end`);
      return;
    }
    if (!this.#known && last > outbox.openedAt) {
      outbox.disown(
        `the site has stored batch ${last} of its stream, but the file ended at ${outbox.openedAt}: it is older`,
      );
      return;
    }
    if (kept) return;
    this.#known = true;
    const silent = performance.now() - this.#lastReceipt > this.#timeout;
    this.#lastReceipt = performance.now();
    outbox.free(receipt.stored);
    let newestSent = -Infinity;
    for (const [sequence, { at }] of this.#sent) {
      if (!receipt.stored.some(([first, last]) => sequence >= first && sequence <= last)) continue;
      newestSent = Math.max(newestSent, at);
      this.#drop(sequence);
    }
    this.#sendAgain(silent ? this.#lastReceipt - OVERTAKEN_MS : newestSent - OVERTAKEN_MS);
    this.#pump();
  }

  /** Takes for lost what was sent before the given moment; the pump reads it again from the outbox. */
  #sendAgain(before: number): void {
    for (const [sequence, { at }] of this.#sent) {
      if (at >= before) continue;
      this.#drop(sequence);
      this.#cursor = Math.min(this.#cursor, sequence - 1);
      this.#caughtUp = false;
    }
  }

  #check(): void {
    if (!this.#open) return;
    if (!this.#known) return this.#ask();
    const now = performance.now();
    if (now - this.#lastReceipt > this.#timeout) this.#probe();
    else this.#sendAgain(now - this.#timeout);
    this.#pump();
  }

  /** Makes the site say what it has: by a batch that it should have, or one without samples where that is not kept. */
  #ask(): void {
    const { outbox, client } = this.#options;
    const sequence = outbox.openedAt;
    const batch = outbox.read(sequence);
    if (batch !== undefined) return this.#send(batch, true);
    const payload = encodeBatch({ stream: outbox.stream, sequence, columns: columnsOf([]) });
    client.publish(this.#topic, payload, { qos: 0 });
  }

  /**
   * The broker is there and the site is not. Its return is found by one batch a second, the newest, so that the screens
   * are live first; sending everything again and again would only fill the broker.
   */
  #probe(): void {
    const { outbox } = this.#options;
    const { sequence, batches } = outbox.state();
    if (batches === 0) return;
    const newest = outbox.read(sequence) ?? outbox.after(0, 1)[0];
    if (newest !== undefined) this.#send(newest, true);
  }
}

/** The receipt, or what is wrong with it. */
function parseReceipt(payload: Buffer): Receipt | string {
  if (payload.length > MAX_RECEIPT_BYTES) return `${payload.length} bytes; at most ${MAX_RECEIPT_BYTES} are read`;
  try {
    const parsed = Receipt.safeParse(JSON.parse(payload.toString("utf8")));
    return parsed.success ? parsed.data : parsed.error.message.slice(0, 300);
  } catch {
    return "no JSON";
  }
}
