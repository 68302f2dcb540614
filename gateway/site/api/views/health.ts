/** The state of the gateway in one reply: what is connected, what is silent, and what the reader can do about it. */
import type { z } from "zod";
import type { PlantConfig } from "../../../config/schema.ts";
import type { ConnectionStatus, EdgeStatus } from "../../../model/messages.ts";
import type { Sample } from "../../../model/sample.ts";
import { formatInstant } from "../../../model/time.ts";
import { meaningOf, type Told } from "../../../model/told.ts";
import { machineId, micros, MICROS_PER_MILLI, type Micros } from "../../../model/units.ts";
import type { HealthReply } from "../replies.ts";
import type { EdgeSeen, ReceiptState } from "../../ingest.ts";
import type { Running, Source } from "../source.ts";
import { tell } from "../../words.ts";
import { isStale, tagsOf, type TagEntry } from "../tags.ts";
import { incidentReply } from "./incidents.ts";

type Reply = z.infer<typeof HealthReply>;

const NEWEST_INCIDENTS = 50;
/** Edge and site start together: an edge that is not there yet in this time is no fault. */
const EDGE_COMES_WITHIN_SECONDS = 15;
/** Past this, source timestamps and shift borders no longer agree. */
const CLOCK_TOLERANCE_MS = 5000;

export function healthReply(source: Source): Reply {
  const now = source.clock.now();
  const running = source.running();
  const receipts = new Map(running?.ingest.receipts().map((receipt) => [receipt.edge, receipt]));
  const edges = (running?.ingest.edges() ?? []).map((edge) =>
    edgeReply(edge, receipts.get(edge.edge), source.clock.speed),
  );
  const historian = historianReply(source, running);
  const { samplesPerSecond = 0, stored = 0, duplicates = 0, deadLetters = 0 } = running?.ingest.counters() ?? {};
  return {
    now: formatInstant(now),
    status: healthStatus(source),
    edges,
    tags: tagReplies(source, running, now),
    historian,
    ingest: { samplesPerSecond, stored, duplicates, deadLetters },
    ledger: { recomputing: running === undefined ? [] : recomputing(source, running) },
    process: {
      rssBytes: process.memoryUsage.rss(),
      loopLagMs: source.loopLagMs(),
      uptimeSeconds: Math.round(process.uptime()),
    },
    incidents: (running?.ingest.newestIncidents(NEWEST_INCIDENTS) ?? []).map(incidentReply),
  };
}

function historianReply(source: Source, running: Running | undefined): Reply["historian"] {
  if (running === undefined) {
    const error = source.startingError() ?? "the gateway is starting";
    const { kind } = source.plant.storage.historian;
    return { kind, reachable: false, samples: 0, bytes: null, rejected: 0, error };
  }
  const stats = running.historian.stats();
  const { failing } = running.ingest.counters();
  return { ...stats, reachable: stats.reachable && failing === null, error: stats.error ?? failing };
}

/**
 * The one word of it, asked for every second: without a line per tag. A machine that is not read is a fault; a value
 * that is missing is a warning.
 */
export function healthStatus(source: Source): Reply["status"] {
  const { plant } = source;
  const running = source.running();
  if (running === undefined) return source.startingError() === undefined ? "warning" : "fault";
  const own = running.ingest.edges().find(({ edge }) => edge === plant.edge.name);
  const broken = own?.online === true && (own.status?.connections.some(({ state }) => state === "faulty") ?? false);
  if (!historianReply(source, running).reachable || broken) return "fault";
  if (own === undefined || !own.online) return process.uptime() < EDGE_COMES_WITHIN_SECONDS ? "warning" : "fault";
  const doubtful = Math.abs(clockOffset(own, source.clock.speed) ?? 0) > CLOCK_TOLERANCE_MS;
  return doubtful || anyTroubled(source, running) ? "warning" : "ok";
}

function anyTroubled({ plant, clock }: Source, running: Running): boolean {
  const now = clock.now();
  const latest = running.ingest.latest();
  const connections = connectionsOf(plant, running);
  for (const entry of tagsOf(plant).values()) {
    const sample = latest.get(entry.id);
    if (isStale(sample, entry, now) || sample?.quality === "bad") return true;
    if (connections.get(entry.connection)?.tags[entry.name] !== undefined) return true;
  }
  return false;
}

/** In real time: on a fast clock the way of a message alone is many seconds. */
const clockOffset = ({ status, statusAt }: EdgeSeen, speed: number): number | null =>
  status === undefined || statusAt === undefined
    ? null
    : Math.round((statusAt - status.time) / MICROS_PER_MILLI / speed);

const recomputing = ({ plant }: Source, { ledger }: Running): string[] =>
  Object.keys(plant.machines).filter((machine) => ledger.pending(machineId(machine)) !== undefined);

function edgeReply(seenEdge: EdgeSeen, receipt: ReceiptState | undefined, speed: number): Reply["edges"][number] {
  const { edge, online, seen, status } = seenEdge;
  return {
    edge,
    online,
    seen: formatInstant(seen),
    clockOffsetMs: clockOffset(seenEdge, speed),
    outbox: status === undefined ? null : outboxReply(status),
    receipt: receipt === undefined ? null : { storedTo: receipt.storedTo, holes: receipt.holes },
    process: status === undefined ? null : { rssBytes: status.process.rss, loopLagMs: status.process.loopLagMs },
    connections: (status?.connections ?? []).map((connection) => connectionReply(connection, online)),
  };
}

const outboxReply = ({ outbox }: EdgeStatus): Reply["edges"][number]["outbox"] => ({
  batches: outbox.batches,
  bytes: outbox.bytes,
  oldest: outbox.oldest === null ? null : formatInstant(micros(outbox.oldest)),
  accepted: outbox.accepted,
  sequence: outbox.sequence,
});

const connectionReply = (
  { name, protocol, state, fault, restarts }: ConnectionStatus,
  online: boolean,
): Reply["edges"][number]["connections"][number] => ({
  name,
  protocol,
  state: online ? state : "stopped",
  ...troubleReply(online ? fault : tell("site.edgeGone")),
  since: fault === undefined ? null : formatInstant(micros(fault.since)),
  restarts,
});

function connectionsOf(plant: PlantConfig, running: Running | undefined): ReadonlyMap<string, ConnectionStatus> {
  const own = running?.ingest.edges().find(({ edge }) => edge === plant.edge.name);
  return new Map(own?.status?.connections.map((connection) => [connection.name, connection] as const));
}

function tagReplies(source: Source, running: Running | undefined, now: Micros): Reply["tags"] {
  const latest = running?.ingest.latest();
  const connections = connectionsOf(source.plant, running);
  return [...tagsOf(source.plant).values()].map((entry) => {
    const sample = latest?.get(entry.id);
    const stale = isStale(sample, entry, now);
    const { reason, ...told } = troubleReply(trouble(entry, connections.get(entry.connection), sample, stale));
    const known = {
      id: entry.id,
      connection: entry.connection,
      value: sample?.value ?? null,
      unit: entry.unit,
      quality: sample?.quality ?? null,
      time: sample === undefined ? null : formatInstant(sample.time),
      // A source clock may be a little ahead of ours.
      ageMs: sample === undefined ? null : Math.max(0, Math.round((now - sample.time) / MICROS_PER_MILLI)),
      maxAgeMs: entry.maxAge,
      stale,
      perMinute: running?.ingest.perMinute(entry.id) ?? 0,
      error: reason,
    };
    return Object.assign(known, told);
  });
}

/** The nearest cause that is known: the tag's own fault, its connection's, its quality, its silence. */
function trouble(
  entry: TagEntry,
  connection: ConnectionStatus | undefined,
  sample: Sample | undefined,
  stale: boolean,
): Trouble | undefined {
  const fault = connection?.tags[entry.name] ?? (stale ? connection?.fault : undefined);
  if (fault !== undefined) return fault;
  if (sample?.quality === "bad") return tell("site.bad");
  if (!stale) return undefined;
  const { connection: name } = entry;
  return sample === undefined
    ? tell("site.noValue", { connection: name })
    : tell("site.silent", { seconds: Math.round(entry.maxAge / 1000), connection: name });
}

/** What the edge told, or we ourselves. */
type Trouble = Omit<NonNullable<ConnectionStatus["fault"]>, "since"> | Told;

const troubleReply = (told: Trouble | undefined) =>
  told === undefined
    ? { reason: null, advice: null }
    : { reason: told.reason, advice: told.advice, ...meaningOf(told) };
