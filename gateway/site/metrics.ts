/** The site's figures for Prometheus; each is read from where it is kept at the moment of the scrape. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { machineId, MICROS_PER_SECOND } from "../model/units.ts";
import type { Running, Source } from "./api/source.ts";
import { isStale, tagsOf } from "./api/tags.ts";

export interface Metrics {
  readonly registry: Registry;
  /** @param route its pattern, never the address: labels must stay few */
  answered(method: string, route: string, status: number, milliseconds: number): void;
}

type Figures = Readonly<Record<string, number>>;

export function createMetrics(source: Source): Metrics {
  const registry = new Registry();

  const gauge = (name: string, help: string, read: (running: Running) => number) =>
    new Gauge({
      name: `fieldlab_${name}`,
      help,
      registers: [registry],
      collect() {
        const running = source.running();
        if (running !== undefined) this.set(read(running));
      },
    });
  const total = (name: string, help: string, read: (running: Running) => number) =>
    new Counter({
      name: `fieldlab_${name}_total`,
      help,
      registers: [registry],
      collect() {
        const running = source.running();
        if (running === undefined) return;
        this.reset();
        this.inc(read(running));
      },
    });
  const labelled = <Label extends string>(
    name: string,
    help: string,
    label: Label,
    read: (running: Running) => Figures,
  ) =>
    new Gauge({
      name: `fieldlab_${name}`,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        const running = source.running();
        if (running === undefined) return;
        this.reset();
        for (const [value, figure] of Object.entries(read(running))) this.labels(value).set(figure);
      },
    });

  total("samples_stored", "Samples stored since the process started", (r) => r.ingest.counters().stored);
  total("batches_stored", "Batches stored since the process started", (r) => r.ingest.counters().batches);
  total("receipts_sent", "Receipts published since the process started", (r) => r.ingest.counters().receipts);
  total("samples_duplicate", "Samples that were stored already", (r) => r.ingest.counters().duplicates);
  total("samples_rejected", "Samples that the historian refused for good", (r) => r.historian.stats().rejected);
  gauge("dead_letters", "Payloads and samples set aside with a reason", (r) => r.ingest.counters().deadLetters);
  gauge("samples_per_second", "Samples stored per second, lately", (r) => r.ingest.counters().samplesPerSecond);
  labelled("edge_online", "1 while the edge says it is there", "edge", (r) =>
    byEdge(r, ({ online }) => (online ? 1 : 0)),
  );
  labelled("outbox_batches", "Batches that wait at the edge for a receipt", "edge", (r) =>
    byEdge(r, ({ status }) => status?.outbox.batches),
  );
  labelled("outbox_bytes", "Size of the batches that wait at the edge", "edge", (r) =>
    byEdge(r, ({ status }) => status?.outbox.bytes),
  );
  labelled("connection_up", "1 while a connection gives readings", "connection", (r) => connectionsUp(r));
  gauge("ingest_waiting_bytes", "Bytes that wait to be stored", (r) => r.ingest.counters().waitingBytes);
  total("batches_refused", "Messages let go because storage was behind", (r) => r.ingest.counters().refused);
  gauge("tags", "Tags in the configuration", () => tagsOf(source.plant).size);
  gauge("tags_stale", "Tags without a value within their maximum age", (running) => staleTags(source, running));
  gauge("historian_reachable", "1 while the historian answers", (r) => (r.historian.stats().reachable ? 1 : 0));
  gauge("historian_samples", "Samples in the historian", (r) => r.historian.stats().samples);
  gauge("historian_bytes", "Size of the embedded historian", (r) => r.historian.stats().bytes ?? 0);
  labelled("ledger_pending_seconds", "How far back a machine's ledger is being recomputed", "machine", (r) =>
    ledgerPending(source, r),
  );
  gauge("broker_connected", "1 while the site is connected to the broker", (r) => (r.brokerConnected() ? 1 : 0));
  gauge("event_loop_lag_seconds", "How late the site's event loop runs", () => source.loopLagMs() / 1000);
  gauge("resident_memory_bytes", "Resident memory of the site process", () => process.memoryUsage.rss());
  const durations = new Histogram({
    name: "fieldlab_http_request_duration_seconds",
    help: "Time to answer, per route",
    labelNames: ["method", "route", "status"] as const,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  return {
    registry,
    answered: (method, route, status, milliseconds) => {
      durations.labels(method, route, String(status)).observe(milliseconds / 1000);
    },
  };
}

/** Name, kind and meaning of each figure, for the generated documentation. */
export async function describeMetrics(
  source: Source,
): Promise<{ readonly name: string; readonly type: string; readonly help: string }[]> {
  const figures = await createMetrics(source).registry.getMetricsAsJSON();
  return figures.map(({ name, type, help }) => ({ name, type: String(type), help }));
}

type Edge = ReturnType<Running["ingest"]["edges"]>[number];

function byEdge({ ingest }: Running, read: (edge: Edge) => number | undefined): Figures {
  const known = ingest.edges().map((edge) => [edge.edge, read(edge)] as const);
  return Object.fromEntries(known.filter((entry): entry is [string, number] => entry[1] !== undefined));
}

function connectionsUp({ ingest }: Running): Figures {
  const all = ingest
    .edges()
    .flatMap(({ online, status }) =>
      (status?.connections ?? []).map(({ name, state }) => [name, online && state === "connected" ? 1 : 0] as const),
    );
  return Object.fromEntries(all);
}

function staleTags({ plant, clock }: Source, running: Running): number {
  const latest = running.ingest.latest();
  const now = clock.now();
  return [...tagsOf(plant).values()].filter((entry) => isStale(latest.get(entry.id), entry, now)).length;
}

function ledgerPending({ plant, clock }: Source, { ledger }: Running): Figures {
  const now = clock.now();
  const all = Object.keys(plant.machines).map((machine) => {
    const from = ledger.pending(machineId(machine));
    return [machine, from === undefined ? 0 : Math.max(0, (now - from) / MICROS_PER_SECOND)] as const;
  });
  return Object.fromEntries(all);
}
