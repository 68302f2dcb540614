/**
 * The open view: one retained topic per signal and KPI under a Unified Namespace, for Node-RED, Home Assistant and
 * whoever else. A view only: it is never read back, and nothing depends on it.
 */
import type { MqttClient } from "mqtt";
import type { z } from "zod";
import type { PlantConfig } from "../config/schema.ts";
import type { Log } from "../log.ts";
import { topicLevel, type OpenValue } from "../model/messages.ts";
import type { Sample } from "../model/sample.ts";
import { formatInstant, type Clock } from "../model/time.ts";
import type { MachineTile } from "./api/replies.ts";
import type { Running } from "./api/source.ts";
import { signalsOf, tagsOf } from "./api/tags.ts";
import { overviewReply } from "./api/views/overview.ts";

/** At most one message per topic in this time: a view is for eyes and rules, the batches carry every sample. */
const INTERVAL_MS = 1000;
/** KPIs are compared and sent to this many decimals: a shift that goes on does not make news of its twelfth digit. */
const KPI_DECIMALS = 4;

export interface OpenViewOptions {
  readonly plant: PlantConfig;
  readonly clock: Clock;
  readonly client: MqttClient;
  readonly running: Running;
  readonly log: Log;
}

export function startOpenView({ plant, clock, client, running, log }: OpenViewOptions): Disposable {
  const tags = tagsOf(plant);
  const machines = Object.keys(plant.machines);
  /** What each topic holds now, as far as this connection knows. */
  const sent = new Map<string, string>();
  const dirty = new Set<string>(machines);

  const publish = (topic: string, value: OpenValue, fingerprint = JSON.stringify(value)) => {
    if (sent.get(topic) === fingerprint) return;
    sent.set(topic, fingerprint);
    client.publish(topic, JSON.stringify(value), { qos: 0, retain: true }, (error) => {
      if (error) sent.delete(topic);
    });
  };
  const publishSignals = (machine: string) => {
    const latest = running.ingest.latest();
    for (const { role, tag } of signalsOf(plant, machine)) {
      const sample = latest.get(tag);
      if (sample !== undefined) {
        publish(`${machineTopic(plant, machine)}/${role}`, signalValue(sample, tags.get(tag)?.unit ?? null));
      }
    }
  };
  const publishKpis = () => {
    const { now, machines: tiles } = overviewReply(plant, clock, running);
    for (const tile of tiles.filter(({ machine }) => dirty.has(machine))) {
      for (const [name, value] of Object.entries(kpiValues(tile, now))) {
        // The time of a figure that has not changed is no news.
        publish(`${machineTopic(plant, tile.machine)}/kpi/${name}`, value, JSON.stringify({ ...value, time: "" }));
      }
    }
    dirty.clear();
  };
  const beat = () => {
    if (!client.connected) return;
    for (const machine of machines) publishSignals(machine);
    if (dirty.size > 0) publishKpis();
  };

  // A broker that came back may have lost what it retained.
  const forget = () => {
    sent.clear();
    for (const machine of machines) dirty.add(machine);
  };
  client.on("connect", forget);
  const unsubscribe = running.ledger.subscribe((changed) => {
    for (const machine of changed) dirty.add(machine);
  });
  const timer = setInterval(() => {
    try {
      beat();
    } catch (error) {
      log.error({ err: error }, "could not publish the open view");
    }
  }, INTERVAL_MS).unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      unsubscribe();
      client.off("connect", forget);
    },
  };
}

/** Topic of a machine. A first level that begins with "$" would be the broker's own. */
export function machineTopic(plant: PlantConfig, machine: string): string {
  const { enterprise, name, area } = plant.site;
  const line = plant.machines[machine]?.line ?? "line";
  return [enterprise, name, area, line, machine].map(topicLevel).join("/").replace(/^\$/, "_");
}

function signalValue({ value, time, quality }: Sample, unit: string | null): OpenValue {
  return { value, time: formatInstant(time), quality, ...(unit !== null && { unit }) };
}

function kpiValues(tile: z.infer<typeof MachineTile>, time: string): Record<string, OpenValue> {
  const { kpi, sums } = tile;
  const quality = kpi.provisional ? "uncertain" : "good";
  const figure = (value: number | null): OpenValue => ({
    value: rounded(value),
    time,
    quality,
    ...(kpi.coverage !== null && { coverage: rounded(Math.min(1, kpi.coverage)) ?? 0 }),
    definition: kpi.definition,
  });
  return {
    state: { value: tile.state, time, quality: tile.state === "unknown" ? "bad" : "good" },
    availability: figure(kpi.availability),
    performance: figure(kpi.performance),
    quality: figure(kpi.quality),
    oee: figure(kpi.oee),
    good: { ...figure(sums.good), unit: "parts" },
    scrap: { ...figure(sums.scrap), unit: "parts" },
    energy: { ...figure(sums.energyWh / 1000), unit: "kWh" },
  };
}

const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toFixed(KPI_DECIMALS)));
