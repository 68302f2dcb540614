/** The waterfall as a table of bars: readable on a phone, and by a screen reader, without a second form. */
import type { Ledger } from "../api/types.ts";
import { format } from "../format/current.ts";
import { Bar, Empty } from "../parts/parts.tsx";
import { Sign } from "../states/sign.tsx";
import { t } from "../text/text.ts";
import { lossRows } from "./losses.ts";

export function Waterfall({ ledger }: { readonly ledger: Ledger }) {
  const full = ledger.sums.calendarMs;
  if (full === 0) return <Empty>{t("machine.noTime")}</Empty>;
  return (
    <table class="bars">
      <thead class="hidden">
        <tr>
          <th scope="col">{t("losses.step")}</th>
          <th scope="col">{t("losses.bar")}</th>
          <th scope="col">{t("losses.hours")}</th>
        </tr>
      </thead>
      <tbody>
        {lossRows(ledger.sums).map((row) => (
          <tr key={row.key} class={row.kind}>
            <th scope="row">
              {row.state === null ? null : <Sign state={row.state} size={14} />}
              <span>{row.kind === "gain" ? t("losses.gain") : t(row.name)}</span>
            </th>
            <td class="bar-cell">
              <Bar
                from={row.from / full}
                to={row.to / full}
                kind={row.state === null ? row.key : `state-${row.state}`}
              />
            </td>
            <td class="number">
              {row.kind === "loss" ? "−" : row.kind === "gain" ? "+" : ""}
              {format.value.hours(Math.abs(row.ms))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
