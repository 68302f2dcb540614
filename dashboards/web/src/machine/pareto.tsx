/** Which stops cost most: time first, with count, longest and money beside it. */
import type { Stops, Sums } from "../api/types.ts";
import { format } from "../format/current.ts";
import { Bar, Empty } from "../parts/parts.tsx";
import { Sign } from "../states/sign.tsx";
import { t } from "../text/text.ts";

/** What nobody will work on this week is one line at the end. */
const SHOWN = 10;

/** What nobody saw is no stop: it is said before the stops, and counts in none. */
export function UnknownTime({ sums }: { readonly sums: Sums | null }) {
  if (sums === null || sums.ms.unknown === 0) return null;
  return <p class="unknown-time">{t("pareto.unknown", { duration: format.value.duration(sums.ms.unknown) })}</p>;
}

export function Pareto({ stops }: { readonly stops: Stops["stops"] }) {
  if (stops.length === 0) return <Empty>{t("pareto.none")}</Empty>;
  const total = stops.reduce((sum, stop) => sum + stop.ms, 0);
  const most = stops[0]?.ms ?? 1;
  const rest = stops.slice(SHOWN);
  return (
    <table class="bars pareto">
      <thead>
        <tr>
          <th scope="col">{t("pareto.cause")}</th>
          <th scope="col" class="number">
            {t("pareto.time")}
          </th>
          <th scope="col" class="number">
            {t("pareto.count")}
          </th>
          <th scope="col" class="number wide-only">
            {t("pareto.longest")}
          </th>
          <th scope="col" class="number">
            {t("pareto.cost")}
          </th>
        </tr>
      </thead>
      <tbody>
        {stops.slice(0, SHOWN).map((stop) => (
          <tr key={`${stop.state} ${stop.reason ?? ""}`}>
            <th scope="row">
              <Sign state={stop.state} size={14} />
              <span class="pareto-cause">
                {stop.reason ?? t(`state.${stop.state}`)}
                {stop.reason === null ? (
                  <small>{t("pareto.noReason")}</small>
                ) : (
                  <small>{t(`state.${stop.state}`)}</small>
                )}
                <Bar from={0} to={stop.ms / most} kind={`state-${stop.state}`} />
              </span>
            </th>
            <td class="number">
              {format.value.duration(stop.ms)}
              <small>{format.value.percent(total === 0 ? null : stop.ms / total, 0)}</small>
            </td>
            <td class="number">{format.value.number(stop.count)}</td>
            <td class="number wide-only">{format.value.duration(stop.longestMs)}</td>
            <td class="number">{format.value.money(stop.cost)}</td>
          </tr>
        ))}
        {rest.length === 0 ? null : (
          <tr>
            <th scope="row">{t("pareto.rest", { count: rest.length })}</th>
            <td class="number">{format.value.duration(rest.reduce((sum, stop) => sum + stop.ms, 0))}</td>
            <td class="number">{format.value.number(rest.reduce((sum, stop) => sum + stop.count, 0))}</td>
            <td class="number wide-only">{format.value.duration(Math.max(...rest.map((stop) => stop.longestMs)))}</td>
            <td class="number">
              {format.value.money(
                rest.some((stop) => stop.cost === null) ? null : rest.reduce((sum, stop) => sum + (stop.cost ?? 0), 0),
              )}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
