/** Tells the site how the edge is doing: retained, every two seconds, and by the last will when it is gone. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { MqttClient } from "mqtt";
import { topics, type ConnectionStatus, type EdgeGone, type EdgeStatus } from "../model/messages.ts";
import type { Clock } from "../model/time.ts";
import type { Outbox } from "./outbox.ts";

export interface StatusOptions {
  readonly client: MqttClient;
  readonly edge: string;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly connections: () => ConnectionStatus[];
}

const PERIOD_MS = 2_000;
const FAREWELL_MS = 500;
const LAG_RESOLUTION_MS = 20;

/** What the broker says in our place when we are gone without a farewell. */
export const lastWill = (edge: string) => ({ topic: topics.status(edge), payload: farewell(false), retain: true });

/** @param finished of a feed: nothing is to be expected of it any more */
export function farewell(finished: boolean): string {
  const gone: EdgeGone = { version: 1, online: false };
  return JSON.stringify(finished ? { ...gone, finished } : gone);
}

/** The disposal says farewell, and waits for it only shortly. */
export function startStatus({ client, edge, outbox, clock, connections }: StatusOptions): AsyncDisposable {
  const started = clock.now();
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  lag.enable();

  const statusNow = (online: boolean): EdgeStatus => {
    const { batches, bytes, oldest, accepted, sequence, first } = outbox.state();
    const { user, system } = process.cpuUsage();
    // The histogram measures the whole interval between two of its ticks.
    const loopLagMs = Math.max(0, lag.max / 1e6 - LAG_RESOLUTION_MS);
    lag.reset();
    return {
      version: 1,
      online,
      time: clock.now(),
      started,
      stream: outbox.stream,
      outbox: { batches, bytes, oldest, accepted, sequence, first },
      connections: connections(),
      process: {
        rss: process.memoryUsage.rss(),
        cpuSeconds: (user + system) / 1e6,
        loopLagMs: Math.round(loopLagMs * 10) / 10,
      },
    };
  };
  const publish = async (online: boolean): Promise<void> => {
    if (!client.connected) return;
    try {
      // QoS 0: the next one comes in two seconds, and an old one is worth nothing.
      await client.publishAsync(topics.status(edge), JSON.stringify(statusNow(online)), {
        qos: online ? 0 : 1,
        retain: true,
      });
    } catch {
      // The connection went: it is said again after the next connect.
    }
  };
  const tick = () => void publish(true);
  const timer = setInterval(tick, PERIOD_MS);
  client.on("connect", tick);
  tick();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      client.off("connect", tick);
      await Promise.race([publish(false), sleep(FAREWELL_MS, undefined, { ref: false })]);
      lag.disable();
    },
  };
}
