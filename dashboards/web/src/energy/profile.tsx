/** The quarters of a day as bars, the contract as a line, the peak as a mark. */
import { useState } from "preact/hooks";
import type { Energy } from "../api/types.ts";
import { format, nameOf, timeZone } from "../format/current.ts";
import { offsetAt } from "../format/zone.ts";
import { useWidth } from "../machine/gestures.ts";
import { ticks } from "../machine/zoom.ts";
import { t } from "../text/text.ts";
import { niceTop, powerOf } from "./scale.ts";

const HEIGHT = 220;
const LEFT = 58;
const TOP = 26;
const BOTTOM = 26;
const QUARTER_MS = 900_000;
const TICK_WIDTH = 64;

export function Profile(props: { readonly energy: Energy; readonly from: number; readonly to: number }) {
  const { energy, from, to } = props;
  const [selected, setSelected] = useState<number | null>(null);
  const { width, box } = useWidth();
  const { power, clock } = format.value;
  const contract = energy.contractedPowerW;
  const quarters = energy.quarters.map((quarter) => ({
    ...quarter,
    at: Date.parse(quarter.from),
    watts: powerOf(quarter),
  }));
  const top = niceTop(Math.max(contract ?? 0, ...quarters.map(({ watts }) => watts ?? 0)));
  const x = (at: number): number => LEFT + ((at - from) / (to - from)) * (width - LEFT);
  const y = (watts: number): number => TOP + (1 - watts / top) * (HEIGHT - TOP);
  const barWidth = Math.max(1, ((width - LEFT) * QUARTER_MS) / (to - from) - 1);
  const peakAt = energy.peak === null ? null : Date.parse(energy.peak.from);
  const picked = quarters.find(({ at }) => at === selected);
  const step = (by: number): void => {
    const index = quarters.findIndex(({ at }) => at === selected);
    const next = quarters[index === -1 ? 0 : Math.min(quarters.length - 1, Math.max(0, index + by))];
    if (next !== undefined) setSelected(next.at);
  };
  return (
    <>
      <div
        class="profile"
        ref={box}
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- an input cannot be drawn into
        role="slider"
        aria-roledescription={t("energy.profileRole")}
        aria-valuemin={from}
        aria-valuemax={to}
        aria-valuenow={selected ?? from}
        aria-valuetext={
          picked === undefined
            ? t("energy.profileHelp")
            : `${clock(picked.at)} ${picked.watts === null ? t("energy.notMeasured") : power(picked.watts)}`
        }
        aria-label={t("energy.profileLabel")}
        tabIndex={0}
        onKeyDown={(event) => {
          if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
          event.preventDefault();
          step(event.key === "ArrowRight" ? 1 : -1);
        }}
        onPointerDown={(event) => {
          const left = event.currentTarget.getBoundingClientRect().left;
          const at = from + ((event.clientX - left - LEFT) / (width - LEFT)) * (to - from);
          setSelected(quarters.find((quarter) => quarter.at <= at && at < quarter.at + QUARTER_MS)?.at ?? null);
        }}
      >
        <svg width={width} height={HEIGHT + BOTTOM} aria-hidden="true">
          <g class="axis">
            {[0, 0.25, 0.5, 0.75, 1].map((share) => (
              <g key={share}>
                <line class="grid" x1={LEFT} x2={width} y1={y(top * share)} y2={y(top * share)} />
                <text x={LEFT - 6} y={y(top * share) + 4} text-anchor="end">
                  {power(top * share)}
                </text>
              </g>
            ))}
            {ticks({ from, to }, Math.floor((width - LEFT) / TICK_WIDTH), (at) => offsetAt(at, timeZone.value))
              .filter((at) => x(at) < width - 20)
              .map((at) => (
                <text key={at} x={x(at)} y={HEIGHT + 18} text-anchor={at === from ? "start" : "middle"}>
                  {clock(at)}
                </text>
              ))}
          </g>
          {quarters.map(({ at, watts }) =>
            watts === null ? null : (
              <rect
                key={at}
                class={`quarter${contract !== null && watts > contract ? " over" : ""}${at === peakAt ? " peak" : ""}${at === selected ? " selected" : ""}`}
                x={x(at)}
                y={y(Math.max(0, watts))}
                width={barWidth}
                height={HEIGHT - y(Math.max(0, watts))}
              />
            ),
          )}
          {contract === null ? null : (
            <g class="contract">
              <line x1={LEFT} x2={width} y1={y(contract)} y2={y(contract)} />
              <text x={width - 4} y={y(contract) - 6} text-anchor="end">
                {t("energy.contract", { power: power(contract) })}
              </text>
            </g>
          )}
          {energy.peak === null || peakAt === null ? null : (
            <g class="peak-mark">
              <path d={`M${x(peakAt) + barWidth / 2 - 6} ${y(energy.peak.powerW) - 12}h12l-6 10z`} />
            </g>
          )}
        </svg>
      </div>
      <output class="slice">
        {picked === undefined ? (
          t("energy.profileHelp")
        ) : (
          <>
            <strong>
              {clock(picked.at)} – {clock(picked.at + QUARTER_MS)}
            </strong>
            <span>{picked.watts === null ? t("energy.notMeasured") : power(picked.watts)}</span>
            {Object.entries(picked.machinesW).map(([machine, watts]) =>
              watts === null ? null : (
                <span key={machine}>
                  {nameOf(machine)} {power(watts)}
                </span>
              ),
            )}
          </>
        )}
      </output>
    </>
  );
}
