/** What the machine did, along the clock: zoom by drag, wheel, pinch, keys or buttons; unknown time is hatched. */
import { useState } from "preact/hooks";
import type { Timeline } from "../api/types.ts";
import { format, timeZone } from "../format/current.ts";
import { offsetAt } from "../format/zone.ts";
import { StateWord } from "../states/sign.tsx";
import { STATES } from "../states/states.ts";
import { t } from "../text/text.ts";
import { reasonTold } from "../text/told.ts";
import { StateBars } from "./bars.tsx";
import { useGestures, useWidth } from "./gestures.ts";
import type { Range } from "./range.ts";
import { SliceDetails, SliceTable } from "./slice.tsx";
import { pan, ticks, zoomAt } from "./zoom.ts";

const HEIGHT = 64;
const INCIDENTS_HEIGHT = 14;
const AXIS_HEIGHT = 24;
/** A label of "ma 24 nov 06:00" and the air around it. */
const TICK_WIDTH = 92;
/** More marks than this on one screen are a strip, not marks. */
const MOST_INCIDENTS = 200;

export function TimelineChart(props: {
  readonly timeline: Timeline;
  readonly whole: Range;
  readonly window: Range;
  readonly onWindow: (window: Range) => void;
}) {
  const { timeline, whole, window } = props;
  const [selected, setSelected] = useState<number | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const { width, box } = useWidth();
  const slices = timeline.slices.map((slice) => ({
    ...slice,
    begin: Date.parse(slice.from),
    end: Date.parse(slice.to),
  }));
  const at = selected === null ? undefined : slices.find((slice) => slice.begin <= selected && selected < slice.end);
  const shown = hovered === null ? at : slices.find((slice) => slice.begin <= hovered && hovered < slice.end);
  const scale = width / (window.to - window.from);
  const gestures = useGestures({
    width,
    whole,
    window,
    onWindow: props.onWindow,
    onSelect: setSelected,
    onHover: setHovered,
  });

  const step = (by: number): void => {
    const index = at === undefined ? -1 : slices.indexOf(at);
    const next = slices[index === -1 ? (by > 0 ? 0 : slices.length - 1) : index + by];
    if (next === undefined) return;
    const middle = (next.begin + next.end) / 2;
    setSelected(middle);
    if (next.end <= window.from || next.begin >= window.to) {
      props.onWindow(pan(window, whole, middle - (window.from + window.to) / 2));
    }
  };
  const zoom = (factor: number): void =>
    props.onWindow(zoomAt(window, whole, at === undefined ? (window.from + window.to) / 2 : (selected ?? 0), factor));
  const onKeyDown = (event: KeyboardEvent): void => {
    const quarter = (window.to - window.from) / 4;
    const actions: Readonly<Record<string, () => void>> = {
      "+": () => zoom(0.5),
      "=": () => zoom(0.5),
      "-": () => zoom(2),
      "0": () => props.onWindow(whole),
      Escape: () => setSelected(null),
      ArrowRight: () => (event.shiftKey ? props.onWindow(pan(window, whole, quarter)) : step(1)),
      ArrowLeft: () => (event.shiftKey ? props.onWindow(pan(window, whole, -quarter)) : step(-1)),
    };
    const action = actions[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  };

  const present = new Set(timeline.slices.map((slice) => slice.state));
  return (
    <div class="timeline">
      <fieldset class="timeline-tools" aria-label={t("timeline.tools")}>
        <span class="timeline-span">{format.value.span(window.from, window.to)}</span>
        <button type="button" class="button" onClick={() => zoom(0.5)} aria-label={t("timeline.closer")}>
          +
        </button>
        <button type="button" class="button" onClick={() => zoom(2)} aria-label={t("timeline.further")}>
          −
        </button>
        <button type="button" class="button" onClick={() => step(-1)} aria-label={t("timeline.previous")}>
          ‹
        </button>
        <button type="button" class="button" onClick={() => step(1)} aria-label={t("timeline.next")}>
          ›
        </button>
        <button
          type="button"
          class="button"
          disabled={window.from === whole.from && window.to === whole.to}
          onClick={() => props.onWindow(whole)}
        >
          {t("timeline.whole")}
        </button>
      </fieldset>
      <div
        class="timeline-box"
        ref={box}
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- an input cannot be drawn into
        role="slider"
        aria-roledescription={t("timeline.role")}
        aria-valuemin={window.from}
        aria-valuemax={window.to}
        aria-valuenow={selected ?? window.from}
        aria-valuetext={
          at === undefined ? t("timeline.help") : `${t(`state.${at.state}`)} ${format.value.dayClock(at.begin)}`
        }
        aria-label={t("timeline.label", {
          from: format.value.dayClock(window.from),
          to: format.value.dayClock(window.to),
        })}
        tabIndex={0}
        onKeyDown={onKeyDown}
        {...gestures.handlers}
      >
        <svg width={width} height={INCIDENTS_HEIGHT + HEIGHT + AXIS_HEIGHT} aria-hidden="true">
          <g transform={`translate(0 ${INCIDENTS_HEIGHT})`}>
            <StateBars slices={timeline.slices} window={window} width={width} height={HEIGHT} />
            {at === undefined ? null : (
              <rect
                class="timeline-selected"
                x={(at.begin - window.from) * scale}
                y={1.5}
                width={Math.max(3, (at.end - at.begin) * scale)}
                height={HEIGHT - 3}
              />
            )}
            {gestures.drag === null ? null : (
              <rect
                class="timeline-drag"
                x={Math.min(gestures.drag.a, gestures.drag.b)}
                width={Math.abs(gestures.drag.b - gestures.drag.a)}
                height={HEIGHT}
              />
            )}
          </g>
          <Incidents timeline={timeline} window={window} scale={scale} />
          <Axis window={window} width={width} />
        </svg>
      </div>
      {shown === undefined ? (
        <p class="slice note">{t("timeline.help")}</p>
      ) : (
        <SliceDetails slice={shown} whole={{ from: shown.begin, to: shown.end }} />
      )}
      <ul class="legend" aria-label={t("timeline.legend")}>
        {STATES.filter((state) => present.has(state)).map((state) => (
          <li key={state}>
            <StateWord state={state} />
          </li>
        ))}
        {timeline.incidents.length === 0 ? null : (
          <li>
            <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
              <path class="incident" d="M1 2h12l-6 10z" />
            </svg>{" "}
            {t("timeline.incidents", { count: timeline.incidents.length })}
          </li>
        )}
      </ul>
      <SliceTable slices={slices.filter((slice) => slice.end > window.from && slice.begin < window.to)} />
    </div>
  );
}

function Incidents(props: { readonly timeline: Timeline; readonly window: Range; readonly scale: number }) {
  const { window, scale } = props;
  const seen = props.timeline.incidents.filter(
    ({ from, to }) => Date.parse(to) >= window.from && Date.parse(from) <= window.to,
  );
  return (
    <g>
      {seen.slice(0, MOST_INCIDENTS).map((incident) => {
        const x = Math.max(0, (Date.parse(incident.from) - window.from) * scale);
        return (
          <path
            key={`${incident.kind}${incident.tag ?? ""}${incident.from}`}
            class="incident"
            d={`M${x - 6} 1h12l-6 10z`}
          >
            <title>{reasonTold(incident, incident.reason)}</title>
          </path>
        );
      })}
    </g>
  );
}

function Axis({ window, width }: { readonly window: Range; readonly width: number }) {
  const zone = timeZone.value;
  const scale = width / (window.to - window.from);
  const top = INCIDENTS_HEIGHT + HEIGHT;
  const { clock, clockSeconds, day } = format.value;
  const span = window.to - window.from;
  return (
    <g class="axis">
      {ticks(window, Math.max(2, Math.floor(width / TICK_WIDTH)), (instant) => offsetAt(instant, zone)).map((tick) => {
        const x = (tick - window.from) * scale;
        const isMidnight = (tick + offsetAt(tick, zone)) % 86_400_000 === 0;
        const label = isMidnight ? day(tick) : span < 600_000 ? clockSeconds(tick) : clock(tick);
        const anchor = x < 30 ? "start" : x > width - 30 ? "end" : "middle";
        return (
          <g key={tick}>
            <line x1={x} x2={x} y1={top} y2={top + 6} />
            <text x={x} y={top + 20} text-anchor={anchor}>
              {label}
            </text>
          </g>
        );
      })}
    </g>
  );
}
