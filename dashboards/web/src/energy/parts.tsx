/** Energy per good part, by machine and product, with how much of the day was measured. */
import type { Energy } from "../api/types.ts";
import { format, nameOf } from "../format/current.ts";
import { Empty } from "../parts/parts.tsx";
import { t } from "../text/text.ts";

export function PerPart({ energy }: { readonly energy: Energy }) {
  const { kilowattHours, number, percent } = format.value;
  if (energy.machines.length === 0) return <Empty>{t("energy.noMachines")}</Empty>;
  return (
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">{t("energy.machineAndProduct")}</th>
          <th scope="col" class="number">
            {t("counts.good")}
          </th>
          <th scope="col" class="number wide-only">
            {t("energy.energy")}
          </th>
          <th scope="col" class="number">
            {t("energy.perGood")}
          </th>
        </tr>
      </thead>
      <tbody>
        {energy.machines.flatMap((machine) => [
          <tr key={machine.machine} class="group">
            <th scope="row">
              {nameOf(machine.machine)}
              <small>{t("energy.measured", { share: percent(machine.coverage, 0) })}</small>
            </th>
            <td class="number">{number(machine.products.reduce((sum, { good }) => sum + good, 0))}</td>
            <td class="number wide-only">{kilowattHours(machine.totalWh)}</td>
            <td>{""}</td>
          </tr>,
          ...machine.products
            .filter(({ good, product }) => good > 0 || product !== null)
            .map((product) => (
              <tr key={`${machine.machine} ${product.product ?? ""}`}>
                <th scope="row" class="inset">
                  {product.product ?? t("counts.noProduct")}
                </th>
                <td class="number">{number(product.good)}</td>
                <td class="number wide-only">{kilowattHours(product.energyWh)}</td>
                <td class="number">{kilowattHours(product.perGoodWh, 3)}</td>
              </tr>
            )),
        ])}
      </tbody>
    </table>
  );
}
