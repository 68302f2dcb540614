/** One machine in three seconds: what it does, how well the shift goes, what it draws. */
import { siteNow, values } from "../api/live.ts";
import type { MachineInfo, Tile } from "../api/types.ts";
import { format } from "../format/current.ts";
import { machineAddress } from "../router.ts";
import { Sign } from "../states/sign.tsx";
import { ALARMING } from "../states/states.ts";
import { t } from "../text/text.ts";
import { ShiftStrip } from "./strip.tsx";
import { CoverageNote, OeeFigure, isComputing } from "./oee.tsx";

export function MachineTile(props: {
  readonly machine: MachineInfo;
  readonly tile: Tile;
  readonly isConstraint: boolean;
}) {
  const { machine, tile } = props;
  const alarming = ALARMING.has(tile.state);
  return (
    <article class={`tile state-${tile.state}${alarming ? " alarming" : ""}`}>
      <div class="tile-head">
        <h3>
          <a href={machineAddress(machine.id)}>{machine.name}</a>
        </h3>
        {props.isConstraint ? <span class="tag-plain">{t("tile.constraint")}</span> : null}
      </div>
      <div class="tile-state">
        <Sign state={tile.state} size={28} />
        <div>
          <p class="tile-word">{t(`state.${tile.state}`)}</p>
          <p class="tile-since">
            {tile.since === null
              ? t("tile.noSince")
              : t("tile.since", {
                  time: format.value.clock(tile.since),
                  duration: format.value.duration(siteNow.value - Date.parse(tile.since)),
                })}
          </p>
        </div>
      </div>
      {tile.reason === null ? null : <p class="tile-reason">{tile.reason}</p>}
      {tile.inferred ? <p class="tile-hint">{t("tile.inferred")}</p> : null}
      <div class="tile-oee">
        <span class="tile-oee-name">
          {t("tile.oee")} {tile.figuresOf === null ? "" : shiftName(tile)}
        </span>
        <OeeFigure kpi={tile.kpi} recomputing={tile.recomputing} />
        {isComputing(tile.kpi, tile.recomputing) ? null : <CoverageNote kpi={tile.kpi} />}
        <WhyNone machine={machine} tile={tile} />
      </div>
      {/* Begins anew when late data have been folded in, instead of showing what was not known yet for a while. */}
      {tile.figuresOf === null ? null : (
        <ShiftStrip key={String(tile.recomputing)} machine={machine.id} shift={tile.figuresOf} />
      )}
      <dl class="tile-figures">
        {machine.hasParts ? <Parts tile={tile} /> : null}
        {machine.hasEnergy ? (
          <div>
            <dt>{t("tile.power")}</dt>
            <dd>{format.value.power(livePower(machine) ?? tile.powerW)}</dd>
          </div>
        ) : null}
      </dl>
      {tile.recomputing ? <p class="tile-hint">{t("tile.recomputing")}</p> : null}
    </article>
  );
}

/** Why there is no OEE, where the reader can do something about it. */
function WhyNone({ machine, tile }: { readonly machine: MachineInfo; readonly tile: Tile }) {
  if (tile.kpi.oee !== null || tile.recomputing) return null;
  if (!machine.hasParts) return <span class="coverage">{t("machine.noParts")}</span>;
  return tile.kpi.flags.includes("noIdealCycle") ? <span class="coverage">{t("flag.noIdealCycle")}</span> : null;
}

const shiftName = (tile: Tile): string =>
  tile.shift === null
    ? t("tile.lastShift", { shift: tile.figuresOf?.name ?? "" })
    : t("tile.thisShift", { shift: tile.shift.name });

const WATTS: Readonly<Record<string, number>> = { W: 1, kW: 1000, MW: 1_000_000 };

/** The newest reading of the power signal, where the stream brought one that is good. */
function livePower(machine: MachineInfo): number | null {
  const power = machine.signals.find((signal) => signal.role === "power");
  if (power === undefined) return null;
  const reading = values.value[power.tag];
  const factor = WATTS[power.unit ?? "W"];
  if (reading === undefined || factor === undefined) return null;
  return typeof reading.value === "number" && reading.quality === "good" ? reading.value * factor : null;
}

function Parts({ tile }: { readonly tile: Tile }) {
  const expected = tile.expectedGood;
  const share = expected === null || expected <= 0 ? null : Math.min(1, tile.sums.good / expected);
  return (
    <div class="tile-parts">
      <dt>{t("tile.good")}</dt>
      <dd>
        {format.value.number(tile.sums.good)}
        {expected === null ? null : (
          <span class="tile-expected"> {t("tile.expected", { count: format.value.number(expected) })}</span>
        )}
        {share === null ? null : (
          <svg class="progress" width="100%" height="6" aria-hidden="true">
            <rect class="progress-ground" width="100%" height="6" rx="3" />
            <rect class="progress-fill" width={`${share * 100}%`} height="6" rx="3" />
          </svg>
        )}
      </dd>
    </div>
  );
}
