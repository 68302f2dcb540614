/** Publishes receipts: retained, QoS 1, one under way per edge; what is stored meanwhile goes into the next. */
import type { MqttClient } from "mqtt";
import type { Log } from "../../log.ts";
import { MAX_RECEIPT_RANGES, topics, type Receipt } from "../../model/messages.ts";
import type { Stream } from "./book.ts";
import { forReceipt } from "./ranges.ts";

export interface Receipts {
  /** The sequence numbers were delivered, now or before, and are stored. */
  owe(stream: Stream, sequences: readonly number[]): void;
  readonly sent: () => number;
}

/** A receipt that names what was delivered last; more are answered by the next one. */
const MAX_TOUCHED = 10_000;

export function createReceipts(client: MqttClient, log: Log): Receipts {
  const owed = new Map<string, { stream: Stream; touched: Set<number> }>();
  const underWay = new Set<string>();
  let sent = 0;

  function send(edge: string): void {
    // Without a connection nothing is queued: what is stored until the reconnect becomes one receipt.
    if (underWay.has(edge) || !client.connected) return;
    const [name, next] = [...owed].find(([, { stream }]) => stream.edge === edge) ?? [];
    if (name === undefined || next === undefined) return;
    owed.delete(name);
    underWay.add(edge);
    const { stream, touched } = next;
    const receipt: Receipt = {
      version: 1,
      stream: stream.stream,
      stored: forReceipt(stream.ranges, touched, MAX_RECEIPT_RANGES).map(([first, last]) => [first, last]),
    };
    client.publish(topics.receipt(edge), JSON.stringify(receipt), { qos: 1, retain: true }, (error) => {
      underWay.delete(edge);
      if (error) {
        // The edge sends again what it misses a receipt for, and is answered then.
        log.debug({ edge, error: error.message }, "receipt not delivered");
      } else sent++;
      send(edge);
    });
  }
  client.on("connect", () => {
    for (const { stream } of Array.from(owed.values())) send(stream.edge);
  });
  return {
    owe(stream, sequences) {
      // By stream: two outboxes of one name (a second edge by mistake, one that began anew) each get their answer.
      const name = `${stream.edge}/${stream.stream}`;
      // What waits was owed of the same stream, but perhaps of what a failed write has made anew since.
      const entry = { stream, touched: owed.get(name)?.touched ?? new Set<number>() };
      for (const sequence of sequences) if (entry.touched.size < MAX_TOUCHED) entry.touched.add(sequence);
      owed.set(name, entry);
      send(stream.edge);
    },
    sent: () => sent,
  };
}
