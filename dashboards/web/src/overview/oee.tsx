/** An OEE with what limits its meaning: coverage, bounds, and that it is provisional. */
import type { Kpi } from "../api/types.ts";
import { format } from "../format/current.ts";
import { t } from "../text/text.ts";

/** From here on the unseen part is too small to matter on a screen of whole per cents. */
const FULL_COVERAGE = 0.995;

/** Below this share of seen time, while older data are still coming in, a figure says nothing yet. */
const TELLING_COVERAGE = 0.5;

export const isComputing = (kpi: Kpi, recomputing: boolean): boolean =>
  recomputing && (kpi.coverage ?? 0) < TELLING_COVERAGE;

export function OeeFigure(props: { readonly kpi: Kpi; readonly small?: boolean; readonly recomputing?: boolean }) {
  const { kpi, small = false } = props;
  if (isComputing(kpi, props.recomputing === true)) return <span class="computing">{t("kpi.computing")}</span>;
  return (
    <span class={small ? "oee small" : "oee"}>
      <span class="oee-value">{format.value.percent(kpi.oee, small ? 1 : 0)}</span>
      {kpi.provisional ? <span class="tag-provisional">{t("kpi.provisional")}</span> : null}
    </span>
  );
}

/** One line that says how much was seen; nothing when everything was. */
export function CoverageNote({ kpi }: { readonly kpi: Kpi }) {
  if (kpi.coverage === null || kpi.coverage >= FULL_COVERAGE) return null;
  const bounds =
    kpi.oeeLow === null || kpi.oeeHigh === null
      ? ""
      : ` · ${t("kpi.bounds", {
          low: format.value.percent(kpi.oeeLow, 0),
          high: format.value.percent(kpi.oeeHigh, 0),
        })}`;
  return (
    <span class="coverage">
      {t("kpi.coverage", { share: format.value.percent(kpi.coverage, 0) })}
      {bounds}
    </span>
  );
}
