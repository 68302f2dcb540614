/** What is told to the readers of the event stream, and when: values that changed, the overview, the health. */
import { formatInstant } from "../../model/time.ts";
import type { Micros, TagId } from "../../model/units.ts";
import type { Log } from "../../log.ts";
import { eventBytes, type Broadcast, type EventData } from "./broadcast.ts";
import type { Source } from "./source.ts";
import { tagsOf } from "./tags.ts";
import { healthStatus } from "./views/health.ts";
import { overviewReply } from "./views/overview.ts";

/** Eyes do not follow faster, and a phone's radio may rest in between. */
const LIVE_INTERVAL_MS = 1000;
/** The overview also grows older without news: time since, parts to expect. */
const OVERVIEW_INTERVAL_MS = 10_000;

export interface Pulse extends Disposable {
  /** The events that bring a new reader up to date. */
  snapshot(): Buffer[];
}

export function startPulse(source: Source, broadcast: Broadcast, log: Log): Pulse {
  const tags = tagsOf(source.plant);
  const told = new Map<TagId, Micros>();
  let subscribed: { readonly ledger: unknown; readonly stop: () => void } | undefined;
  let health: EventData<"health">["status"] | undefined;
  let overviewAt = -Infinity;
  let dirty = false;
  /** The snapshot of this second: a thousand screens that come back together share it. */
  let first: Buffer[] | undefined;

  /** Values newer than what was told; all of them with `everything`. */
  const values = (everything: boolean): EventData<"live">["values"] => {
    const changed: EventData<"live">["values"] = {};
    for (const [tag, { time, value, quality }] of source.running()?.ingest.latest() ?? []) {
      if (!tags.has(tag) || (!everything && told.get(tag) === time)) continue;
      if (!everything) told.set(tag, time);
      changed[tag] = { value, time: formatInstant(time), quality };
    }
    return changed;
  };
  const live = (everything: boolean): EventData<"live"> => ({
    now: formatInstant(source.clock.now()),
    values: values(everything),
  });

  const listen = () => {
    const ledger = source.running()?.ledger;
    if (ledger === subscribed?.ledger) return;
    subscribed?.stop();
    subscribed = ledger && { ledger, stop: ledger.subscribe(() => (dirty = true)) };
    dirty = true;
  };

  const beat = () => {
    // What is told from here on is not in it.
    first = undefined;
    listen();
    if (broadcast.readers === 0) return;
    const news = live(false);
    if (Object.keys(news.values).length > 0) broadcast.send("live", news);
    const running = source.running();
    if (running !== undefined && (dirty || performance.now() - overviewAt >= OVERVIEW_INTERVAL_MS)) {
      dirty = false;
      overviewAt = performance.now();
      broadcast.send("overview", overviewReply(source.plant, source.clock, running));
    }
    const status = healthStatus(source);
    if (status !== health) broadcast.send("health", { status });
    health = status;
  };
  const timer = setInterval(() => {
    try {
      beat();
    } catch (error) {
      log.error({ err: error }, "could not tell the event stream what changed");
    }
  }, LIVE_INTERVAL_MS).unref();

  const snapshot = (): Buffer[] => {
    const running = source.running();
    return [
      eventBytes("live", live(true)),
      ...(running ? [eventBytes("overview", overviewReply(source.plant, source.clock, running))] : []),
      eventBytes("health", { status: healthStatus(source) }),
    ];
  };

  return {
    snapshot: () => (first ??= snapshot()),
    [Symbol.dispose]() {
      clearInterval(timer);
      subscribed?.stop();
    },
  };
}
