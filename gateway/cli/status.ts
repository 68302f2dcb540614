/** `fieldlab status`: whether everything works, and what to do where it does not. */
import type { z } from "zod";
import { HealthReply } from "../site/api/replies.ts";
import type { Given } from "./command.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { connectGateway } from "./gateway.ts";
import { age, table } from "./table.ts";

type Health = z.infer<typeof HealthReply>;

export async function run(given: Given): Promise<ExitCode> {
  const gateway = connectGateway(given);
  const health = await gateway.get("/health", {}, HealthReply);
  process.stdout.write(
    given.flag("json")
      ? `${JSON.stringify(health, null, 2)}\n`
      : `${statusText(health)}Pages: ${gateway.pages} (whoever has this address can look)\n`,
  );
  return health.status === "fault" ? EXIT.failed : EXIT.ok;
}

export function statusText(health: Health): string {
  const parts = [`Status: ${health.status}\n`];
  for (const edge of health.edges) {
    const waiting = edge.outbox === null ? "" : `, ${edge.outbox.batches} batches wait for a receipt`;
    parts.push(`Edge ${edge.edge}: ${edge.online ? "online" : "offline"}${waiting}\n`);
    if (edge.connections.length === 0) continue;
    parts.push(
      table(
        [
          { title: "connection" },
          { title: "protocol" },
          { title: "state" },
          { title: "restarts", align: "right" },
          { title: "reason" },
          { title: "what to do" },
        ],
        edge.connections.map(({ name, protocol, state, restarts, reason, advice }) => [
          name,
          protocol,
          state,
          String(restarts),
          reason ?? "",
          advice ?? "",
        ]),
      ),
    );
  }
  const bad = health.tags.filter(({ stale, error }) => stale || error !== null);
  parts.push(`Tags: ${health.tags.length}, of which ${bad.length} stale or faulty\n`);
  if (bad.length > 0) {
    parts.push(
      table(
        [
          { title: "tag" },
          { title: "age", align: "right" },
          { title: "max", align: "right" },
          { title: "error" },
          { title: "what to do" },
        ],
        bad.map(({ id, ageMs, maxAgeMs, error, advice }) => [
          id,
          ageMs === null ? "never" : age(ageMs),
          age(maxAgeMs),
          error ?? "",
          advice ?? "",
        ]),
      ),
    );
  }
  const { historian, ingest, ledger } = health;
  const reach = historian.reachable ? "reachable" : `not reachable: ${historian.error ?? "no reason given"}`;
  parts.push(`Historian ${historian.kind}: ${reach}, ${historian.samples} samples, ${historian.rejected} rejected\n`);
  parts.push(
    `Ingest: ${ingest.samplesPerSecond.toFixed(1)} samples/s, ${ingest.stored} stored, ${ingest.duplicates} duplicates, ${ingest.deadLetters} dead letters\n`,
  );
  if (ledger.recomputing.length > 0)
    parts.push(`Ledger: late data are being folded in for ${ledger.recomputing.join(", ")}\n`);
  return parts.join("");
}
