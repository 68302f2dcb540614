/** OEE with its three factors, each from the ledger's sums, and the counts behind them. */
import type { Ledger } from "../api/types.ts";
import { format } from "../format/current.ts";
import { CoverageNote, OeeFigure } from "../overview/oee.tsx";
import { Figure, Notice } from "../parts/parts.tsx";
import { t } from "../text/text.ts";

export function Figures({ ledger, hasParts }: { readonly ledger: Ledger; readonly hasParts: boolean }) {
  const { kpi, sums } = ledger;
  const { percent, hours } = format.value;
  return (
    <>
      <div class="oee-row">
        <div class="oee-main">
          <span class="tile-oee-name">OEE</span>
          <OeeFigure kpi={kpi} />
          <CoverageNote kpi={kpi} />
        </div>
        <dl class="figures factors">
          <Figure
            name={t("kpi.availability")}
            value={percent(kpi.availability)}
            note={t("kpi.availabilityOf", {
              producing: hours(sums.ms.producing),
              planned: hours(sums.observedMs),
            })}
          />
          <Figure
            name={t("kpi.performance")}
            value={percent(kpi.performance)}
            note={t("kpi.performanceOf", { ideal: hours(sums.idealTotalMs), producing: hours(sums.ms.producing) })}
          />
          <Figure
            name={t("kpi.quality")}
            value={percent(kpi.quality)}
            note={t("kpi.qualityOf", { good: hours(sums.idealGoodMs), ideal: hours(sums.idealTotalMs) })}
          />
        </dl>
      </div>
      {kpi.flags.map((flag) => (
        <Notice key={flag} tone="info" title={t(`flag.${flag}`)} />
      ))}
      {hasParts ? null : <p class="note">{t("machine.noParts")}</p>}
      <p class="note">{t("kpi.definition", { name: kpi.definition })}</p>
    </>
  );
}

export function Counts({ ledger, hasParts }: { readonly ledger: Ledger; readonly hasParts: boolean }) {
  const { kpi, sums } = ledger;
  const { number, percent, duration, energy } = format.value;
  return (
    <>
      <dl class="figures">
        {hasParts ? (
          <>
            <Figure name={t("counts.good")} value={number(sums.good)} />
            <Figure name={t("counts.scrap")} value={number(sums.scrap)} note={percent(kpi.scrapRatio)} />
            <Figure name={t("counts.total")} value={number(sums.total)} />
          </>
        ) : null}
        {sums.rework === 0 ? null : <Figure name={t("counts.rework")} value={number(sums.rework)} />}
        <Figure name={t("counts.mtbf")} value={duration(kpi.mtbfMs)} />
        <Figure name={t("counts.mttr")} value={duration(kpi.mttrMs)} />
        <Figure name={t("counts.energy")} value={energy(sums.energyWh)} />
        {hasParts ? <Figure name={t("counts.perGood")} value={energy(kpi.energyPerGoodWh)} /> : null}
      </dl>
      {sums.unplannedGood === 0 ? null : (
        <p class="note">{t("counts.unplanned", { count: number(sums.unplannedGood) })}</p>
      )}
      {sums.unknownGood === 0 ? null : <p class="note">{t("counts.unknown", { count: number(sums.unknownGood) })}</p>}
      {sums.withoutIdeal === 0 ? null : (
        <Notice tone="info" title={t("counts.withoutIdeal", { count: number(sums.withoutIdeal) })} />
      )}
      {!hasParts || ledger.products.length === 0 ? null : (
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{t("counts.product")}</th>
              <th scope="col" class="number">
                {t("counts.good")}
              </th>
              <th scope="col" class="number">
                {t("counts.scrap")}
              </th>
            </tr>
          </thead>
          <tbody>
            {ledger.products.map((product) => (
              <tr key={product.product ?? ""}>
                <th scope="row">{product.product ?? t("counts.noProduct")}</th>
                <td class="number">{number(product.good)}</td>
                <td class="number">{number(product.scrap)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
