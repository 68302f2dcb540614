/** The least that a site is: stores what comes by identity, and says so. Its memory survives its connection. */
import { connect, type MqttClient } from "mqtt";
import { decodeBatch } from "../../../gateway/model/batch.ts";
import { samplesOf } from "../../../gateway/model/columns.ts";
import { edgeOfTopic, topics } from "../../../gateway/model/messages.ts";
import type { Sample } from "../../../gateway/model/sample.ts";

export interface FakeSite extends AsyncDisposable {
  /** `<tag> <time>` → the sample that came first. */
  readonly stored: Map<string, Sample>;
  /** Batches as they came, repeats included. */
  readonly arrivals: { readonly sequence: number; readonly samples: number }[];
  /** False: what comes is neither stored nor receipted, as if the process were gone. */
  alive: boolean;
}

export const identity = (sample: Sample): string => `${sample.tag} ${sample.time}`;

/** @param loses true for a batch that is to get lost between broker and site */
export async function startFakeSite(
  url: string,
  loses: (sequence: number) => boolean = () => false,
): Promise<FakeSite> {
  const stored = new Map<string, Sample>();
  const arrivals: FakeSite["arrivals"] = [];
  const sequences = new Map<string, Set<number>>();
  const client: MqttClient = connect(url, { reconnectPeriod: 50, clientId: `site-${Math.random()}`, username: "site" });
  client.on("error", () => undefined);
  const site: FakeSite = {
    stored,
    arrivals,
    alive: true,
    [Symbol.asyncDispose]: async () => client.endAsync(true),
  };
  client.on("message", (topic, payload) => {
    const edge = edgeOfTopic(topic);
    if (edge === undefined || !site.alive) return;
    const { stream, sequence, columns } = decodeBatch(payload);
    if (loses(sequence)) return;
    arrivals.push({ sequence, samples: columns.times.length });
    for (const sample of samplesOf(columns)) {
      if (!stored.has(identity(sample))) stored.set(identity(sample), sample);
    }
    const have = sequences.get(stream) ?? new Set<number>();
    sequences.set(stream, have.add(sequence));
    const receipt = { version: 1, stream, stored: rangesOf(have) };
    client.publish(topics.receipt(edge), JSON.stringify(receipt), { qos: 1, retain: true });
  });
  await client.subscribeAsync(topics.anyBatch, { qos: 1 });
  return site;
}

function rangesOf(sequences: ReadonlySet<number>): [number, number][] {
  const ranges: [number, number][] = [];
  for (const sequence of [...sequences].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === sequence - 1) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  return ranges.slice(0, 200);
}
