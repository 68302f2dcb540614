/** What machines used while they made nothing, by state, in kWh and euros; which machines is one tap further. */
import type { Energy, State } from "../api/types.ts";
import { format, nameOf } from "../format/current.ts";
import { Bar, Empty } from "../parts/parts.tsx";
import { Sign } from "../states/sign.tsx";
import { t } from "../text/text.ts";

interface IdleRow {
  readonly state: State;
  readonly machine: string | null;
  readonly ms: number;
  readonly energyWh: number;
  /** null as soon as a part of it has no price: half a sum would be read as the whole. */
  readonly cost: number | null;
}

const most = (a: IdleRow, b: IdleRow): number => b.energyWh - a.energyWh;

export function idleByMachine(energy: Energy): readonly IdleRow[] {
  return energy.machines
    .flatMap(({ machine, idle }) =>
      idle.map(({ state, ms, energyWh, cost }) => ({ state, machine, ms, energyWh, cost })),
    )
    .filter(({ energyWh }) => energyWh > 0)
    .toSorted(most);
}

export function idleByState(rows: readonly IdleRow[]): readonly IdleRow[] {
  return [...Map.groupBy(rows, ({ state }) => state).values()].map(sumOf).toSorted(most);
}

function sumOf(rows: readonly IdleRow[]): IdleRow {
  return rows.reduce((sum, row) => ({
    state: sum.state,
    machine: null,
    ms: sum.ms + row.ms,
    energyWh: sum.energyWh + row.energyWh,
    cost: sum.cost === null || row.cost === null ? null : sum.cost + row.cost,
  }));
}

export function Idle({ energy }: { readonly energy: Energy }) {
  const rows = idleByMachine(energy);
  if (rows.length === 0) return <Empty>{t("energy.noIdle")}</Empty>;
  return (
    <>
      <IdleTable rows={idleByState(rows)} sum={sumOf(rows)} />
      <details>
        <summary>{t("energy.whichMachines")}</summary>
        <IdleTable rows={rows} sum={null} />
      </details>
    </>
  );
}

function IdleTable({ rows, sum }: { readonly rows: readonly IdleRow[]; readonly sum: IdleRow | null }) {
  const { kilowattHours, money, duration } = format.value;
  const longest = rows[0]?.energyWh ?? 1;
  return (
    <table class="bars pareto">
      <thead>
        <tr>
          <th scope="col">{t("energy.state")}</th>
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
          <tr key={`${row.machine ?? ""} ${row.state}`}>
            <th scope="row">
              <Sign state={row.state} size={14} />
              <span class="pareto-cause">
                {t(`state.${row.state}`)}
                {row.machine === null ? null : <small>{nameOf(row.machine)}</small>}
                <Bar from={0} to={row.energyWh / longest} kind={`state-${row.state}`} />
              </span>
            </th>
            <td class="number wide-only">{duration(row.ms)}</td>
            <td class="number">{kilowattHours(row.energyWh)}</td>
            <td class="number">{money(row.cost)}</td>
          </tr>
        ))}
      </tbody>
      {sum === null ? null : (
        <tfoot>
          <tr>
            <th scope="row">{t("energy.sum")}</th>
            <td class="number wide-only">{duration(sum.ms)}</td>
            <td class="number">{kilowattHours(sum.energyWh)}</td>
            <td class="number">{money(sum.cost)}</td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}
