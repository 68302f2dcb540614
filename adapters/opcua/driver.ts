/** Reads an OPC UA server by subscription, and makes everything anew when the server, session or subscription is gone. */
import { setTimeout as sleep } from "node:timers/promises";
import type { AdapterContext } from "../../gateway/model/protocol.ts";
import type { Told } from "../../gateway/model/told.ts";
import type { Micros } from "../../gateway/model/units.ts";
import { explainConnection, tell } from "./advice.ts";
import { abortable, connect, type Connected } from "./connect.ts";
import { readLimits, resolveNode } from "./nodes.ts";
import type { OpcuaConnection } from "./options.ts";
import { learnStructures, watchSilence } from "./silence.ts";
import { subscribe, type Subscribed } from "./subscription.ts";
import { TagBook, tagsOf, type Notified, type Tag } from "./tags.ts";

const RECONNECT = { first: 250, most: 10_000 };
/** The library repairs a broken channel by itself; after this long we start anew. */
const REPAIR_LIMIT = 15_000;
const CHECK = 500;
/** A check that is late by this shows that this process stood still, not the server. */
const STALLED = 3 * CHECK;
/** Readings kept while a repaired session is not yet known to be the same; a server queues fewer. */
const MAX_HELD = 100_000;

export async function runOpcua(
  connection: OpcuaConnection,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<void> {
  const tags = tagsOf(connection);
  const book = new TagBook(connection, context);
  const told = new Set<string>();
  // Each connect says the same again: the log wants it once.
  const note = (text: string) => {
    if (!told.has(text)) context.note(text);
    told.add(text);
  };
  const quiet: AdapterContext = { ...context, note };
  let failures = 0;
  let trouble: string | undefined;
  let lastContact: Micros | undefined;

  while (!signal.aborted) {
    try {
      await using connected = await connect(connection, quiet, signal);
      const lost = await serve(connected);
      if (lost !== undefined) throw new Error(lost);
    } catch (cause) {
      if (signal.aborted) return;
      const explained = explainConnection(connection.endpoint, cause);
      if (explained.reason !== trouble) context.trouble(explained);
      trouble = explained.reason;
    }
    const wait = Math.min(RECONNECT.first * 2 ** Math.min(failures++, 10), RECONNECT.most);
    await sleep(wait, undefined, { signal }).catch(() => undefined);
  }

  /** @returns why the connection must be made anew; undefined when the signal aborts */
  async function serve(connected: Connected): Promise<string | undefined> {
    const { session } = connected;
    const stop = new AbortController();
    const until = AbortSignal.any([signal, stop.signal]);
    const limits = await abortable(readLimits(session), signal);
    resolveAll(tags, await abortable(session.readNamespaceArray(), signal), book);
    const readable = tags.filter((tag) => tag.node !== undefined);
    await learnStructures(session, readable, limits, signal);
    const lostAt = lastContact;
    let heardBefore = lastContact;
    const guard = new Guard(connected, context.now, (values, heldSince) => {
      heardBefore = lastContact;
      lastContact = context.now();
      book.notified(values, heldSince);
    });
    const subscribed = await abortable(
      subscribe(session, {
        connection,
        speed: context.speed,
        tags: readable,
        limits,
        book,
        note,
        onNotification: guard.received,
        onMissed: ({ values, lost }) => {
          const since = heardBefore ?? context.now();
          book.notified(values, since);
          if (lost) gapOfAll(since, tell("opcua.missed"));
        },
      }),
      signal,
    );
    healthy(lostAt);
    try {
      const watch = { session, tags: readable, book, limits, speed: context.speed, latency: subscribed.latency };
      return await Promise.race([
        guard.watch(subscribed, until),
        watchSilence({ ...watch, interrupted: () => guard.interrupted, publishedAt: () => guard.publishedAt }, until),
      ]);
    } finally {
      stop.abort();
    }
  }

  /** @param lostAt when the previous connection was last heard of */
  function healthy(lostAt: Micros | undefined): void {
    failures = 0;
    context.well();
    // What changed while nobody subscribed is not known, however short it was.
    if (lostAt !== undefined) gapOfAll(lostAt, tell("opcua.lost", { detail: trouble ?? "unknown" }));
    lastContact = context.now();
    trouble = undefined;
  }

  function gapOfAll(from: Micros, why: Told): void {
    context.gap({ from, to: context.now(), why });
  }
}

function resolveAll(tags: readonly Tag[], namespaces: readonly string[], book: TagBook): void {
  for (const tag of tags) {
    const resolved = resolveNode(tag.config.node, namespaces);
    tag.node = "node" in resolved ? resolved.node : undefined;
    if ("fault" in resolved) book.trouble(tag, resolved.fault);
  }
}

/**
 * Watches one connection. After an interruption the library may have found the same session again, with the server's
 * queue, or made a new one with the old node numbers, which may by now mean other nodes: until that is known, what
 * comes is held.
 */
class Guard {
  readonly #now: () => Micros;
  readonly #deliver: (values: readonly Notified[], heldSince?: Micros) => void;
  readonly #connected: Connected;
  #held: Notified[] = [];
  #interruptedAt: number | undefined;
  #heldSince: Micros | undefined;
  #publishedAt = performance.now();

  constructor(
    connected: Connected,
    now: () => Micros,
    deliver: (values: readonly Notified[], heldSince?: Micros) => void,
  ) {
    this.#connected = connected;
    this.#now = now;
    this.#deliver = deliver;
  }

  get publishedAt(): number {
    return this.#publishedAt;
  }
  get interrupted(): boolean {
    return this.#interruptedAt !== undefined;
  }

  readonly received = (values: readonly Notified[]): void => {
    if (this.interrupted) this.#held.push(...values);
    else this.#deliver(values);
  };

  /** @returns why the connection must be made anew; undefined when the signal aborts */
  async watch({ subscription, keepAlive }: Subscribed, signal: AbortSignal): Promise<string | undefined> {
    const { client, session } = this.#connected;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const { subscriptionId } = subscription;
    const interrupt = () => {
      this.#interruptedAt ??= performance.now();
      this.#heldSince ??= this.#now();
    };
    const repaired = () => {
      // The library may repair in steps; only the same subscription has lost nothing and means the same nodes.
      if (subscription.subscriptionId !== subscriptionId) return resolve("the server has forgotten the subscription");
      const held = this.#held.splice(0);
      const since = this.#heldSince;
      this.#interruptedAt = undefined;
      this.#heldSince = undefined;
      this.#publishedAt = performance.now();
      if (held.length > 0) this.#deliver(held, since);
    };
    client.on("connection_lost", interrupt);
    client.on("close", () => resolve("the connection was closed"));
    session.on("session_closed", () => resolve("the server closed the session"));
    session.on("session_restored", repaired);
    subscription.on("raw_notification", () => {
      this.#publishedAt = performance.now();
    });
    subscription.on("terminated", () => resolve("the server deleted the subscription"));
    subscription.on("status_changed", (status) => {
      if (status.isNotGood()) resolve(`the server ended the subscription (${status.name})`);
    });
    subscription.on("internal_error", (error) => resolve(error.message));
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    let ticked = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const stalled = now - ticked > STALLED;
      ticked = now;
      // After a stall of our own, what the server said meanwhile is still to be read.
      if (stalled) return;
      if (this.#interruptedAt !== undefined && now - this.#interruptedAt > REPAIR_LIMIT)
        resolve("the connection is lost");
      else if (this.#held.length > MAX_HELD) resolve("more was queued in the server than can be held");
      else if (!this.interrupted && now - this.#publishedAt > keepAlive * 3 + 5_000)
        resolve("the server has fallen silent");
    }, CHECK);
    try {
      return await promise;
    } finally {
      clearInterval(timer);
    }
  }
}
