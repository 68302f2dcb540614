/** Edge, outbox, receipt, ingest, historian: where data wait, as figures in the order of the path. */
import { siteNow } from "../api/live.ts";
import type { Health } from "../api/types.ts";
import { format } from "../format/current.ts";
import { Figure, Notice } from "../parts/parts.tsx";
import { t } from "../text/text.ts";

/** Less than this is the way of a message, not a wrong clock. */
const CLOCK_LIMIT_MS = 2000;

export function DataPath({ health }: { readonly health: Health }) {
  const { number, bytes, duration, withUnit } = format.value;
  const ago = (instant: string | null): string =>
    instant === null ? "–" : t("health.ago", { duration: duration(siteNow.value - Date.parse(instant)) });
  return (
    <div class="path">
      {health.edges.map((edge) => (
        <section key={edge.edge} aria-label={t("health.edge", { edge: edge.edge })}>
          <h3>{t("health.edge", { edge: edge.edge })}</h3>
          <dl class="figures">
            <Figure
              name={t("health.edgeState")}
              value={edge.online ? t("health.online") : t("health.offlineWord")}
              note={ago(edge.seen)}
            />
            {edge.outbox === null ? null : (
              <Figure
                name={t("health.outbox")}
                value={number(edge.outbox.batches)}
                note={`${bytes(edge.outbox.bytes)}${edge.outbox.oldest === null ? "" : ` · ${t("health.oldest", { duration: duration(siteNow.value - Date.parse(edge.outbox.oldest)) })}`}`}
              />
            )}
            {edge.outbox === null ? null : <Figure name={t("health.accepted")} value={number(edge.outbox.accepted)} />}
            <Figure
              name={t("health.receipt")}
              value={number(edge.receipt?.storedTo ?? null)}
              note={
                edge.receipt === null || edge.receipt.holes === 0
                  ? undefined
                  : t("health.holes", { count: number(edge.receipt.holes) })
              }
            />
            {edge.process === null ? null : <Figure name={t("health.memory")} value={bytes(edge.process.rssBytes)} />}
          </dl>
          {edge.clockOffsetMs !== null && Math.abs(edge.clockOffsetMs) > CLOCK_LIMIT_MS ? (
            <Notice tone="warning" title={t("health.clock", { offset: duration(Math.abs(edge.clockOffsetMs)) })}>
              {t("health.clockCure")}
            </Notice>
          ) : null}
        </section>
      ))}
      <section aria-label={t("health.site")}>
        <h3>{t("health.site")}</h3>
        <dl class="figures">
          <Figure
            name={t("health.historian", { kind: health.historian.kind })}
            value={health.historian.reachable ? t("health.reachable") : t("health.unreachable")}
            note={`${t("health.samples", { count: number(health.historian.samples) })}${health.historian.bytes === null ? "" : ` · ${bytes(health.historian.bytes)}`}`}
          />
          <Figure
            name={t("health.rate")}
            value={withUnit(health.ingest.samplesPerSecond, "/s", health.ingest.samplesPerSecond < 10 ? 1 : 0)}
          />
          <Figure name={t("health.duplicates")} value={number(health.ingest.duplicates)} />
          <Figure name={t("health.rejected")} value={number(health.historian.rejected)} />
          <Figure name={t("health.deadLetters")} value={number(health.ingest.deadLetters)} />
          <Figure
            name={t("health.memory")}
            value={bytes(health.process.rssBytes)}
            note={t("health.uptime", { duration: duration(health.process.uptimeSeconds * 1000) })}
          />
        </dl>
        {health.historian.error === null ? null : <p class="cure">{health.historian.error}</p>}
      </section>
    </div>
  );
}
