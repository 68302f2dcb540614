/** The subscription with its monitored items: hands over what the server reports, a notification at a time. */
import {
  AttributeIds,
  ClientMonitoredItemGroup,
  ClientSubscription,
  DataChangeNotification,
  DataType,
  RepublishRequest,
  TimestampsToReturn,
  type ClientMonitoredItemBase,
  type ClientSession,
  type ClientSessionPublishService,
  type DataValue,
  type NotificationMessage,
} from "node-opcua-client";
import { explainStatus } from "./advice.ts";
import { chunks, type OperationLimits } from "./nodes.ts";
import type { OpcuaConnection } from "./options.ts";
import { Sequence } from "./sequence.ts";
import type { Notified, Tag, TagBook } from "./tags.ts";

/** The server says that it lives at least this often when nothing changes. */
const KEEP_ALIVE = 5_000;
/** How long the server keeps the subscription and its queues while we are away. */
const LIFETIME = 60_000;

/** No server samples faster than this; 0 asks for its fastest rate, and for every change where it reports by exception. */
const FASTEST = 10;

export interface Subscribed {
  readonly subscription: ClientSubscription;
  /** Longest time between two publish responses of a healthy server. */
  readonly keepAlive: number;
  /** Longest time between a change and its notification. */
  readonly latency: number;
}

export interface SubscribeOptions {
  readonly connection: OpcuaConnection;
  readonly speed: number;
  readonly tags: readonly Tag[];
  readonly limits: OperationLimits;
  readonly book: TagBook;
  readonly note: (text: string) => void;
  readonly onNotification: (values: readonly Notified[]) => void;
  /** Notifications that were published but never came, and what of them the server could still give. */
  readonly onMissed: (missed: Missed) => void;
}
export interface Missed {
  readonly values: readonly Notified[];
  /** Whether some of it is gone for good. */
  readonly lost: boolean;
}

export async function subscribe(session: ClientSession, options: SubscribeOptions): Promise<Subscribed> {
  const { connection, speed } = options;
  const publishing = Math.max(1, connection.publishingInterval / speed);
  // The client drops a connection that is quiet for its time-out: the server must speak well before.
  const quiet = Math.min(KEEP_ALIVE, connection.timeout / 2);
  const keepAliveCount = Math.max(3, Math.ceil(quiet / publishing));
  // The library throws when a server revises to values that it finds unwise; the watch on silence covers them.
  ClientSubscription.ignoreNextWarning = true;
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: publishing,
    requestedMaxKeepAliveCount: keepAliveCount,
    requestedLifetimeCount: Math.max(keepAliveCount * 3, Math.ceil(LIFETIME / publishing)),
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 1,
  });
  const granted = subscription.publishingInterval;
  if (granted > publishing * 1.5) options.note(`the server publishes every ${granted} ms instead of ${publishing} ms`);
  const slowest = await monitor(subscription, options);
  return { subscription, keepAlive: granted * subscription.maxKeepAliveCount, latency: granted + slowest };
}

/** @returns the longest sampling interval that the server granted */
async function monitor(subscription: ClientSubscription, options: SubscribeOptions): Promise<number> {
  const { tags, limits, speed, book, note } = options;
  const byItem = new Map<ClientMonitoredItemBase, Tag>();
  const byHandle = new Map<number, Tag>();
  // Notifications may come before the answer that the items are made: the handle is known from the moment of asking.
  subscription.on("item_added", (item: ClientMonitoredItemBase) => {
    const tag = byItem.get(item);
    if (tag !== undefined) byHandle.set(item.monitoringParameters.clientHandle, tag);
  });
  const sequence = new Sequence();
  subscription.on("raw_notification", (message: NotificationMessage) => {
    book.published(message.publishTime);
    const late = sequence.isBehind(message.sequenceNumber);
    const keepAlive = (message.notificationData ?? []).length === 0;
    const missing = sequence.passedOver({ sequenceNumber: message.sequenceNumber, keepAlive });
    if (missing === "many") options.onMissed({ values: [], lost: true });
    else if (missing.length > 0) void fetchMissed(subscription, missing, sequence, byHandle).then(options.onMissed);
    if (keepAlive || !sequence.isNew(message.sequenceNumber)) return;
    const values = valuesOf(message, byHandle, late).filter(({ tag }) => tag.member === undefined);
    if (values.length > 0) options.onNotification(values);
  });
  let slowest = 0;
  const revised = new Set<string>();
  const groups = Map.groupBy(tags, ({ config }) => `${config.sampling} ${config.queueSize}`);
  const parts = [...groups.values()].flatMap((group) => Array.from(chunks(group, limits.itemsPerCall)));
  for (const part of parts) {
    const [first] = part;
    if (first === undefined) continue;
    const asked = first.config.sampling / speed;
    const sampling = asked < FASTEST ? 0 : asked;
    const items = await createItems(subscription, part, sampling, byItem, options.onNotification);
    for (const [i, item] of items.entries()) {
      const tag = part[i];
      if (tag === undefined) continue;
      if (item.statusCode.isNotGood()) {
        book.trouble(tag, explainStatus(item.statusCode.name));
        tag.node = undefined;
        continue;
      }
      const { samplingInterval, queueSize } = item.monitoringParameters;
      slowest = Math.max(slowest, samplingInterval);
      if (samplingInterval > Math.max(sampling, FASTEST) * 1.5 || queueSize < tag.config.queueSize) {
        revised.add(
          `samples every ${samplingInterval} ms (asked: ${sampling}) with a queue of ${queueSize} (asked: ${tag.config.queueSize})`,
        );
      }
    }
  }
  for (const text of revised) note(`the server ${text}`);
  return slowest;
}

async function createItems(
  subscription: ClientSubscription,
  tags: readonly Tag[],
  sampling: number,
  byItem: Map<ClientMonitoredItemBase, Tag>,
  onNotification: (values: readonly Notified[]) => void,
): Promise<readonly ClientMonitoredItemBase[]> {
  const known = tags.flatMap(({ node }) =>
    node === undefined ? [] : [{ nodeId: node, attributeId: AttributeIds.Value }],
  );
  const queueSize = tags[0]?.config.queueSize ?? 1;
  const group = ClientMonitoredItemGroup.create(
    subscription,
    known,
    { samplingInterval: sampling, queueSize, discardOldest: true },
    TimestampsToReturn.Both,
  );
  for (const [i, item] of group.monitoredItems.entries()) {
    const tag = tags[i];
    if (tag === undefined) continue;
    tag.initial = true;
    byItem.set(item, tag);
    // Structures of the server's own types are decoded after the raw notification: only then can a member be found.
    if (tag.member !== undefined) (item as Changing).on("changed", (value) => onNotification([{ tag, value }]));
  }
  await new Promise<void>((resolve, reject) => {
    group.on("initialized", resolve);
    group.on("terminated", (error) => reject(error ?? new Error("the server refused the monitored items")));
    group.on("err", (message) => reject(new Error(message)));
  });
  return group.monitoredItems;
}

interface Changing {
  on(event: "changed", listener: (value: DataValue) => void): unknown;
}

function valuesOf(message: NotificationMessage, byHandle: ReadonlyMap<number, Tag>, late: boolean): Notified[] {
  const values: Notified[] = [];
  for (const data of message.notificationData ?? []) {
    if (!(data instanceof DataChangeNotification)) continue;
    for (const { clientHandle, value } of data.monitoredItems ?? []) {
      const tag = byHandle.get(clientHandle);
      if (tag !== undefined) values.push({ tag, value, late });
    }
  }
  return values;
}

/** Asks again for what was published into a broken connection; never throws. */
async function fetchMissed(
  subscription: ClientSubscription,
  numbers: readonly number[],
  sequence: Sequence,
  byHandle: ReadonlyMap<number, Tag>,
): Promise<Missed> {
  const { subscriptionId } = subscription;
  const session = subscription.session as ClientSession & ClientSessionPublishService;
  const values: Notified[] = [];
  let lost = false;
  for (const retransmitSequenceNumber of numbers) {
    const message = await new Promise<NotificationMessage | undefined>((resolve) => {
      const request = new RepublishRequest({ subscriptionId, retransmitSequenceNumber });
      session.republish(request, (error, response) =>
        resolve(error === null ? response?.notificationMessage : undefined),
      );
    });
    if (message === undefined) {
      lost ||= !sequence.has(retransmitSequenceNumber);
      continue;
    }
    if (!sequence.isNew(retransmitSequenceNumber)) continue;
    for (const notified of valuesOf(message, byHandle, true)) {
      // The structures of a message that is fetched again are not decoded: better lost on record than misread.
      if (notified.value.value.dataType === DataType.ExtensionObject) lost = true;
      else values.push(notified);
    }
  }
  return { values, lost };
}
