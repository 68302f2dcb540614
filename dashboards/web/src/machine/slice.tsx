/** One stretch of the timeline in words, and all of them as a table for whoever cannot see or point. */
import type { Slice } from "../api/types.ts";
import { format } from "../format/current.ts";
import { Scroll } from "../parts/parts.tsx";
import { StateWord } from "../states/sign.tsx";
import { t } from "../text/text.ts";
import type { Range } from "./range.ts";

/** A longer table is no help; looking closer is. */
const MOST_ROWS = 200;

export function SliceDetails({ slice, whole }: { readonly slice: Slice; readonly whole: Range }) {
  const { clockSeconds, duration, number, energy } = format.value;
  return (
    <output class="slice">
      <StateWord state={slice.state} size={20} />
      <span>
        {clockSeconds(whole.from)} – {clockSeconds(whole.to)} ({duration(whole.to - whole.from)})
      </span>
      {slice.reason === null ? null : <strong>{slice.reason}</strong>}
      {slice.machineState === slice.state ? null : (
        <span>{t("slice.machineState", { state: t(`state.${slice.machineState}`) })}</span>
      )}
      {slice.product === null ? null : <span>{t("slice.product", { product: slice.product })}</span>}
      {slice.order === null ? null : <span>{t("slice.order", { order: slice.order })}</span>}
      {slice.good + slice.scrap === 0 ? null : (
        <span>{t("slice.parts", { good: number(slice.good), scrap: number(slice.scrap) })}</span>
      )}
      {slice.energyWh === 0 ? null : <span>{energy(slice.energyWh)}</span>}
      {slice.inferred ? <span>{t("tile.inferred")}</span> : null}
    </output>
  );
}

export function SliceTable({ slices }: { readonly slices: readonly Slice[] }) {
  const { dayClock, duration, number } = format.value;
  return (
    <details class="slices">
      <summary>{t("slice.table", { count: slices.length })}</summary>
      {slices.length > MOST_ROWS ? <p class="note">{t("slice.tooMany", { count: MOST_ROWS })}</p> : null}
      <Scroll name={t("slice.table", { count: slices.length })}>
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{t("slice.from")}</th>
              <th scope="col" class="number">
                {t("slice.duration")}
              </th>
              <th scope="col">{t("slice.state")}</th>
              <th scope="col">{t("slice.reason")}</th>
              <th scope="col" class="number">
                {t("counts.good")}
              </th>
            </tr>
          </thead>
          <tbody>
            {slices.slice(0, MOST_ROWS).map((slice) => (
              <tr key={slice.from}>
                <td>{dayClock(slice.from)}</td>
                <td class="number">{duration(Date.parse(slice.to) - Date.parse(slice.from))}</td>
                <td>
                  <StateWord state={slice.state} size={14} />
                </td>
                <td>{slice.reason ?? ""}</td>
                <td class="number">{number(slice.good)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}
