/** Whether the figures can be trusted: connections, tags, the path of the data, and what went wrong lately. */
import { siteNow } from "../api/live.ts";
import { useLoad } from "../api/load.ts";
import { paths } from "../api/request.ts";
import type { Health } from "../api/types.ts";
import { format, nameOf } from "../format/current.ts";
import { Card, Empty, Notice, Shown } from "../parts/parts.tsx";
import { t } from "../text/text.ts";
import { adviceTold, reasonTold } from "../text/told.ts";
import { DataPath } from "./datapath.tsx";
import { Incidents } from "./incidents.tsx";
import { TagTable } from "./tags.tsx";

const REFRESH_MS = 3000;

export function HealthPage() {
  const loaded = useLoad(paths.health(), REFRESH_MS);
  return (
    <>
      <h1>{t("nav.health")}</h1>
      <Shown loaded={loaded} height={420}>
        {(health) => (
          <>
            <StatusNotice health={health} />
            <div class="cards">
              <Card title={t("health.connections")} wide>
                <Connections health={health} />
              </Card>
              <Card title={t("health.path")} note={t("health.pathNote")} wide>
                <DataPath health={health} />
              </Card>
              <Card title={t("health.tags")} wide>
                <TagTable tags={health.tags} />
              </Card>
              <Card title={t("health.incidents")} note={t("health.incidentsNote")} wide>
                <Incidents incidents={health.incidents} />
              </Card>
            </div>
          </>
        )}
      </Shown>
    </>
  );
}

function StatusNotice({ health }: { readonly health: Health }) {
  const connections = health.edges.flatMap((edge) => edge.connections);
  const faulty = connections.filter(({ state }) => state === "faulty").length;
  const stale = health.tags.filter((tag) => tag.stale || tag.error !== null).length;
  const offline = health.edges.filter((edge) => !edge.online).length;
  const tone = health.status === "ok" ? "info" : health.status;
  return (
    <Notice tone={tone} title={t(`health.status.${health.status}`)}>
      <ul class="causes">
        {offline > 0 ? <li>{t("health.offline", { count: offline })}</li> : null}
        {faulty > 0 ? <li>{t("health.faulty", { count: faulty, total: connections.length })}</li> : null}
        {stale > 0 ? <li>{t("health.stale", { count: stale, total: health.tags.length })}</li> : null}
        {health.historian.reachable ? null : <li>{t("health.noHistorian")}</li>}
        {health.ledger.recomputing.length > 0 ? (
          <li>{t("health.recomputing", { machines: health.ledger.recomputing.map(nameOf).join(", ") })}</li>
        ) : null}
        {health.status === "ok" ? (
          <li>{t("health.allWell", { connections: connections.length, tags: health.tags.length })}</li>
        ) : null}
      </ul>
    </Notice>
  );
}

const MARKS = { starting: "…", connected: "✓", faulty: "!", stopped: "■" } as const;

function Connections({ health }: { readonly health: Health }) {
  const rows = health.edges
    .flatMap((edge) => edge.connections.map((connection) => ({ ...connection, edge })))
    .toSorted((a, b) => Number(b.state === "faulty") - Number(a.state === "faulty"));
  if (rows.length === 0) return <Empty>{t("health.noConnections")}</Empty>;
  return (
    <ul class="connections">
      {rows.map((row) => (
        <li key={`${row.edge.edge}/${row.name}`} class={`connection ${row.edge.online ? row.state : "stopped"}`}>
          <span class="connection-mark" aria-hidden="true">
            {MARKS[row.edge.online ? row.state : "stopped"]}
          </span>
          <div>
            <p class="connection-name">
              <strong>{row.name}</strong> <span class="note">{row.protocol}</span>
            </p>
            <p>
              {row.edge.online ? t(`connection.${row.state}`) : t("connection.edgeOffline")}
              {row.since === null
                ? ""
                : ` · ${t("tile.for", { duration: format.value.duration(siteNow.value - Date.parse(row.since)) })}`}
              {row.restarts === 0 ? "" : ` · ${t("connection.restarts", { count: row.restarts })}`}
            </p>
            {row.reason === null ? null : <p class="connection-reason">{reasonTold(row, row.reason)}</p>}
            {row.advice === null ? null : <p class="cure">{adviceTold(row, row.advice)}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}
