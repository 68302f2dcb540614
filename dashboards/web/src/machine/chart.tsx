/** uPlot around one series; loaded only by whoever looks at a trend. */
import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import type { Series } from "../api/types.ts";
import { format, timeZone } from "../format/current.ts";
import { dark } from "../settings.ts";
import { t } from "../text/text.ts";
import type { Range } from "./range.ts";
import { decimalsOf } from "./readable.ts";

const HEIGHT = 240;
type Plot = typeof uPlot;

const plot = async (): Promise<Plot> => {
  const [module] = await Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]);
  return module.default;
};

const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Lines break where nothing was measured, instead of bridging it: a step of several buckets is a gap. */
const GAP_BUCKETS = 3;

export function withGaps(series: Series, window: Range): uPlot.AlignedData {
  const bucket = (window.to - window.from) / 1000 / 800;
  const time: number[] = [];
  const rows: [(number | null)[], (number | null)[], (number | null)[]] = [[], [], []];
  const widths = series.time.slice(1).map((at, index) => at - (series.time[index] ?? at));
  const usual = widths.toSorted((a, b) => a - b)[Math.floor(widths.length / 2)] ?? bucket;
  const gap = Math.max(bucket, usual) * GAP_BUCKETS;
  for (const [index, at] of series.time.entries()) {
    const before = time.at(-1);
    if (before !== undefined && at - before > gap) {
      time.push(before + gap / 2);
      for (const row of rows) row.push(null);
    }
    time.push(at);
    rows[0].push(series.min[index] ?? null);
    rows[1].push(series.max[index] ?? null);
    rows[2].push(series.mean[index] ?? null);
  }
  return [time, ...rows];
}

export function Chart(props: { readonly series: Series; readonly window: Range; readonly label: string }) {
  const box = useRef<HTMLElement>(null);
  const { series, window } = props;
  const formats = format.value;
  const zone = timeZone.value;
  const isDark = dark.value;
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let chart: uPlot | undefined;
    let isGone = false;
    const observer = new ResizeObserver(() => chart?.setSize({ width: element.clientWidth, height: HEIGHT }));
    const draw = async (): Promise<void> => {
      const Plot = await plot();
      if (isGone) return;
      const line = token("--accent");
      const axis = { stroke: token("--ink-soft"), grid: { stroke: token("--line"), width: 1 }, ticks: { show: false } };
      const isLong = window.to - window.from > 2 * 86_400_000;
      const hidden = { stroke: "transparent", points: { show: false } };
      chart = new Plot(
        {
          width: element.clientWidth,
          height: HEIGHT,
          // Room for half of the last label.
          padding: [null, 32, null, null],
          tzDate: (seconds) => Plot.tzDate(new Date(seconds * 1000), zone),
          scales: { x: { min: window.from / 1000, max: window.to / 1000 } },
          cursor: { drag: { x: false, y: false } },
          legend: { live: true },
          axes: [
            {
              ...axis,
              values: (_, splits) => splits.map((at) => (isLong ? formats.day(at * 1000) : formats.clock(at * 1000))),
              space: 70,
            },
            {
              ...axis,
              size: 64,
              values: (_, splits) => splits.map((value) => formats.number(value, decimalsOf(splits))),
            },
          ],
          series: [
            { label: t("trend.time"), value: (_, at) => (at === null ? "–" : formats.dayClock(at * 1000)) },
            { ...hidden, label: t("trend.min"), value: (_, value) => formats.value(value) },
            { ...hidden, label: t("trend.max"), value: (_, value) => formats.value(value) },
            {
              label: `${t("trend.mean")}${series.unit === null ? "" : ` (${series.unit})`}`,
              stroke: line,
              width: 1.5,
              points: { show: false },
              value: (_, value) => formats.value(value),
            },
          ],
          bands: [{ series: [2, 1], fill: `${line}40` }],
        },
        withGaps(series, window),
        element,
      );
      observer.observe(element);
    };
    void draw();
    return () => {
      isGone = true;
      observer.disconnect();
      chart?.destroy();
    };
  }, [series, window, formats, zone, isDark]);
  return <figure class="chart" aria-label={props.label} ref={box} />;
}
