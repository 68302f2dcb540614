/** What machines used while they made nothing, by state, in kWh and euros. */
import type { Energy } from "../api/types.ts";
import { format, nameOf } from "../format/current.ts";
import { Bar, Empty } from "../parts/parts.tsx";
import { Sign } from "../states/sign.tsx";
import { t } from "../text/text.ts";

export function Idle({ energy }: { readonly energy: Energy }) {
  const { kilowattHours, money, duration } = format.value;
  const rows = energy.machines
    .flatMap(({ machine, idle }) => idle.map((part) => ({ ...part, machine })))
    .filter(({ energyWh }) => energyWh > 0)
    .toSorted((a, b) => b.energyWh - a.energyWh);
  if (rows.length === 0) return <Empty>{t("energy.noIdle")}</Empty>;
  const most = rows[0]?.energyWh ?? 1;
  return (
    <table class="bars pareto">
      <thead>
        <tr>
          <th scope="col">{t("energy.machineAndState")}</th>
          <th scope="col" class="number wide-only">
            {t("pareto.time")}
          </th>
          <th scope="col" class="number">
            {t("energy.energy")}
          </th>
          <th scope="col" class="number">
            {t("pareto.cost")}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.machine} ${row.state}`}>
            <th scope="row">
              <Sign state={row.state} size={14} />
              <span class="pareto-cause">
                {nameOf(row.machine)}
                <small>{t(`state.${row.state}`)}</small>
                <Bar from={0} to={row.energyWh / most} kind={`state-${row.state}`} />
              </span>
            </th>
            <td class="number wide-only">{duration(row.ms)}</td>
            <td class="number">{kilowattHours(row.energyWh)}</td>
            <td class="number">{money(row.cost)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{t("energy.sum")}</th>
          <td class="number wide-only">{duration(rows.reduce((sum, row) => sum + row.ms, 0))}</td>
          <td class="number">{kilowattHours(rows.reduce((sum, row) => sum + row.energyWh, 0))}</td>
          <td class="number">
            {money(rows.some((row) => row.cost === null) ? null : rows.reduce((sum, row) => sum + (row.cost ?? 0), 0))}
          </td>
        </tr>
      </tfoot>
    </table>
  );
}
