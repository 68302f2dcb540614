/** The live stream: what the site pushes, whether it still does, and the site's own clock. */
import { computed, signal } from "@preact/signals";
import type { Health, LiveValues, Overview } from "./types.ts";

export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  | { readonly kind: "lost"; readonly since: number };

export const connection = signal<Connection>({ kind: "connecting" });
export const lost = computed(() => connection.value.kind === "lost");
export const overview = signal<Overview | null>(null);
export const values = signal<LiveValues["values"]>({});
export const healthStatus = signal<Health["status"] | null>(null);

/** The site's clock, which in the demo may run faster than ours. */
const clock = signal({ site: Date.now(), own: Date.now(), speed: 1 });
/** Ticks once a second, so that "since" and "ago" keep moving between messages. */
const tick = signal(0);
export const siteNow = computed(() => {
  void tick.value;
  const { site, own, speed } = clock.value;
  return site + (Date.now() - own) * speed;
});
export function setClock(now: string, speed?: number): void {
  clock.value = { site: Date.parse(now), own: Date.now(), speed: speed ?? clock.value.speed };
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
/** A cable that was pulled closes no connection, and a quiet plant sends nothing: after this silence we ask. */
const SILENCE_MS = 2000;
/** With the silence before it, a loss is on the screen within five seconds. */
const PROBE_MS = 2000;

/** Keeps the stream open until the signal aborts; `onRefused` asks whether the session is still good. */
export function followLive(end: AbortSignal, onRefused: () => Promise<void>): void {
  let source: EventSource | undefined;
  let retryMs = FIRST_RETRY_MS;
  let heardAt = Date.now();
  let retry: ReturnType<typeof setTimeout> | undefined;

  const heard = (): void => {
    heardAt = Date.now();
    retryMs = FIRST_RETRY_MS;
    if (connection.value.kind !== "open") connection.value = { kind: "open" };
  };
  const drop = (): void => {
    source?.close();
    source = undefined;
    if (connection.value.kind !== "lost") connection.value = { kind: "lost", since: Date.now() };
    clearTimeout(retry);
    retry = setTimeout(() => void onRefused().then(open), retryMs);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS) * (0.8 + Math.random() * 0.4);
  };
  let probing = false;
  const probe = async (): Promise<void> => {
    probing = true;
    const asked = source;
    const isThere = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PROBE_MS) }).then(
      () => true,
      () => false,
    );
    probing = false;
    if (isThere) heardAt = Date.now();
    else if (asked !== undefined && asked === source && !end.aborted) drop();
  };
  const open = (): void => {
    if (end.aborted) return;
    heardAt = Date.now();
    const opened = new EventSource("/api/v1/events");
    source = opened;
    opened.addEventListener("open", heard);
    opened.addEventListener("error", drop);
    opened.addEventListener("live", (event: MessageEvent<string>) => {
      heard();
      const live = JSON.parse(event.data) as LiveValues;
      setClock(live.now);
      values.value = { ...values.value, ...live.values };
    });
    opened.addEventListener("overview", (event: MessageEvent<string>) => {
      heard();
      const next = JSON.parse(event.data) as Overview;
      setClock(next.now);
      overview.value = next;
    });
    opened.addEventListener("health", (event: MessageEvent<string>) => {
      heard();
      healthStatus.value = (JSON.parse(event.data) as { status: Health["status"] }).status;
    });
  };
  const timer = setInterval(() => {
    tick.value += 1;
    if (source !== undefined && !probing && Date.now() - heardAt > SILENCE_MS) void probe();
  }, 1000);
  end.addEventListener("abort", () => {
    clearInterval(timer);
    clearTimeout(retry);
    source?.close();
  });
  open();
}
