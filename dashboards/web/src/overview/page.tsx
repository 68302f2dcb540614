/** What every machine does now, and whether today's plan will be made. */
import { overview } from "../api/live.ts";
import { type Load, useLoad } from "../api/load.ts";
import { paths } from "../api/request.ts";
import type { Overview, Plant } from "../api/types.ts";
import { format, plant } from "../format/current.ts";
import { Empty, Figure, Shown } from "../parts/parts.tsx";
import { t } from "../text/text.ts";
import { MachineTile } from "./tile.tsx";
import { OeeFigure } from "./oee.tsx";

/** The stream pushes the overview; this is for a proxy that lets no stream through. */
const REFRESH_MS = 10_000;

export function OverviewPage() {
  const loaded = useLoad(paths.overview(), REFRESH_MS);
  const pushed = overview.value;
  const load: Load<Overview> =
    pushed === null ? loaded.load : { kind: "ready", data: newest(pushed, loaded.load), stale: false };
  const known = plant.value;
  if (known === null) return null;
  return (
    <>
      <h1 class="hidden">{t("nav.overview")}</h1>
      <Shown loaded={loaded} steady={load} height={420}>
        {(data) =>
          data.machines.length === 0 ? (
            <Empty>{t("overview.noMachines")}</Empty>
          ) : (
            <>
              {known.lines.map((line) => (
                <Line key={line.id} line={line} plant={known} overview={data} />
              ))}
              {data.mainPowerW === null ? null : (
                <p class="main-power">
                  {t("overview.mainPower")} <strong>{format.value.power(data.mainPowerW)}</strong>
                  {known.contractedPowerW === null
                    ? null
                    : ` · ${t("overview.contract", { power: format.value.power(known.contractedPowerW) })}`}
                </p>
              )}
            </>
          )
        }
      </Shown>
    </>
  );
}

function newest(pushed: Overview, load: Load<Overview>): Overview {
  return load.kind === "ready" && Date.parse(load.data.now) > Date.parse(pushed.now) ? load.data : pushed;
}

function Line(props: { readonly line: Plant["lines"][number]; readonly plant: Plant; readonly overview: Overview }) {
  const { line, overview: data } = props;
  const machines = props.plant.machines.filter((machine) => machine.line === line.id);
  const sums = data.lines.find((known) => known.line === line.id);
  const constraint = sums?.constraint ?? line.constraint;
  const constraintName = props.plant.machines.find((machine) => machine.id === constraint)?.name;
  return (
    <section class="line" aria-label={line.name}>
      <div class="line-head">
        <h2>{line.name}</h2>
        {sums === undefined ? null : (
          <dl class="figures">
            {sums.kpi === null ? null : (
              <div class="figure">
                <dt>{t("overview.lineOee")}</dt>
                <dd>
                  <OeeFigure
                    kpi={sums.kpi}
                    small
                    recomputing={data.machines.some((one) => one.machine === constraint && one.recomputing)}
                  />
                  <span class="figure-note">
                    {constraintName === undefined ? null : t("overview.constraint", { machine: constraintName })}
                  </span>
                </dd>
              </div>
            )}
            {machines.some((machine) => machine.hasParts) ? (
              <Figure name={t("overview.lineGood")} value={format.value.number(sums.good)} />
            ) : null}
            <Figure name={t("overview.linePower")} value={format.value.power(sums.powerW)} />
          </dl>
        )}
      </div>
      <ul class="tiles">
        {machines.map((machine) => {
          const tile = data.machines.find((known) => known.machine === machine.id);
          return tile === undefined ? null : (
            <li key={machine.id}>
              <MachineTile machine={machine} tile={tile} isConstraint={machine.id === constraint} />
            </li>
          );
        })}
      </ul>
    </section>
  );
}
