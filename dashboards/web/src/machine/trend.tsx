/** Any tag over the stretch that the timeline shows: the mean as a line, least and most as a band. */
import { useId, useState } from "preact/hooks";
import { useLoad, useSteady } from "../api/load.ts";
import { paths } from "../api/request.ts";
import type { MachineInfo, Plant } from "../api/types.ts";
import { Empty, Shown } from "../parts/parts.tsx";
import { type TextKey, t, texts } from "../text/text.ts";
import { Chart } from "./chart.tsx";
import type { Range } from "./range.ts";
import { readable } from "./readable.ts";

const POINTS = 800;
const roleName = (role: string): string => {
  const key = `role.${role}`;
  return key in texts.en ? t(key as TextKey) : role;
};

export function Trend(props: {
  readonly machine: MachineInfo;
  readonly plant: Plant;
  readonly window: Range;
  readonly refreshMs: number | null;
}) {
  const { machine, window } = props;
  const numeric = new Set(props.plant.tags.filter((tag) => tag.numeric).map((tag) => tag.id));
  const own = machine.signals.filter((signal) => numeric.has(signal.tag));
  const ownTags = new Set(own.map((signal) => signal.tag));
  const others = props.plant.tags.filter((tag) => tag.numeric && !ownTags.has(tag.id));
  const preferred = own.find((signal) => signal.role === "power") ?? own[0];
  const [chosen, setChosen] = useState<string | null>(null);
  const tag = chosen ?? preferred?.tag ?? others[0]?.id ?? null;
  const field = useId();
  const loaded = useLoad(
    tag === null ? null : paths.series(tag, Math.floor(window.from), Math.ceil(window.to), POINTS),
    props.refreshMs,
  );
  const steady = useSteady(loaded.load);
  if (tag === null) return <Empty>{t("trend.noTags")}</Empty>;
  return (
    <>
      <div class="field-row">
        <label for={field}>{t("trend.tag")}</label>
        <select id={field} value={tag} onChange={(event) => setChosen(event.currentTarget.value)}>
          <optgroup label={machine.name}>
            {own.map((signal) => (
              <option key={signal.tag + signal.role} value={signal.tag}>
                {roleName(signal.role)} ({signal.tag})
              </option>
            ))}
          </optgroup>
          <optgroup label={t("trend.others")}>
            {others.map((other) => (
              <option key={other.id} value={other.id}>
                {other.id}
              </option>
            ))}
          </optgroup>
        </select>
      </div>
      <Shown loaded={loaded} steady={steady} height={240}>
        {(series) =>
          series.time.length === 0 ? (
            <Empty>{t("trend.empty")}</Empty>
          ) : (
            <Chart series={readable(series)} window={window} label={t("trend.label", { tag: series.tag })} />
          )
        }
      </Shown>
    </>
  );
}
