/** "Connected" is not "alive": reads what was silent too long, and finds out when a subscription has died. */
import { setTimeout as sleep } from "node:timers/promises";
import { AttributeIds, type ClientSession } from "node-opcua-client";
import { abortable } from "./connect.ts";
import { chunks, type OperationLimits } from "./nodes.ts";
import type { Notified, Tag, TagBook } from "./tags.ts";

/** A check costs a pass over the tags; more often than this it serves nobody. */
const MIN_CHECK = 20;
const MAX_CHECK = 2_000;
/** Beside the granted latency: the network, and a server that is busy. */
const GRACE = 2_000;

export interface Silence {
  readonly session: ClientSession;
  readonly tags: readonly Tag[];
  readonly book: TagBook;
  readonly limits: OperationLimits;
  readonly speed: number;
  readonly latency: number;
  /** When the server last published anything that has arrived here: a busy process hears late. */
  readonly publishedAt: () => number;
  /** Whether the connection is interrupted; its own watch then has the word. */
  readonly interrupted: () => boolean;
}

/** @returns why the subscription must be made anew; undefined when the signal aborts */
export async function watchSilence(watch: Silence, signal: AbortSignal): Promise<string | undefined> {
  const shortest = Math.min(...watch.tags.map((tag) => halfAge(tag, watch.speed)));
  const check = Math.min(MAX_CHECK, Math.max(MIN_CHECK, shortest / 8));
  const suspects = new Map<Tag, { readonly notifications: number; readonly until: number }>();
  for (;;) {
    await sleep(check, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return undefined;
    if (watch.interrupted()) {
      suspects.clear();
      continue;
    }
    const now = performance.now();
    for (const [tag, { notifications, until }] of suspects) {
      if (tag.notifications !== notifications) suspects.delete(tag);
      // Only a subscription that spoke meanwhile, and not of this, is dead; whether it speaks at all is watched elsewhere.
      else if (now > until && watch.publishedAt() > until)
        return `"${tag.name}" has another value in the server than it ever reported: the subscription is dead`;
    }
    const silent = watch.tags.filter(
      (tag) => tag.node !== undefined && !suspects.has(tag) && now - tag.heardAt >= halfAge(tag, watch.speed),
    );
    for (const tag of await reread(watch, silent, signal)) {
      suspects.set(tag, { notifications: tag.notifications, until: performance.now() + watch.latency * 2 + GRACE });
    }
  }
}

/**
 * Reads once what will be looked into: at the first structure the library fetches the server's type definitions, which
 * takes seconds. Notifications that wait for them would look like a subscription that is dead.
 */
export async function learnStructures(
  session: ClientSession,
  tags: readonly Tag[],
  limits: OperationLimits,
  signal: AbortSignal,
): Promise<void> {
  const nodes = tags.flatMap(({ node, member }) =>
    node === undefined || member === undefined ? [] : [{ nodeId: node, attributeId: AttributeIds.Value }],
  );
  for (const part of chunks(nodes, limits.nodesPerRead)) await abortable(session.read([...part]), signal);
}

/** Early by one eighth, so that the reading is there before half the age is over. */
const halfAge = (tag: Tag, speed: number): number => ((tag.config.maxAge / speed) * 3) / 8;

async function reread({ session, book, limits }: Silence, silent: readonly Tag[], signal: AbortSignal): Promise<Tag[]> {
  const different: Tag[] = [];
  for (const part of chunks(silent, limits.nodesPerRead)) {
    const nodes = part.flatMap(({ node }) =>
      node === undefined ? [] : [{ nodeId: node, attributeId: AttributeIds.Value }],
    );
    const asked = book.now();
    // Age 0 asks for the value of this moment; a server may answer from its cache all the same.
    const values = await abortable(session.read(nodes, 0), signal);
    const read = part.flatMap((tag, i): Notified[] => {
      const value = values[i];
      return value === undefined ? [] : [{ tag, value }];
    });
    different.push(...book.confirmed(read, asked));
  }
  return different;
}
