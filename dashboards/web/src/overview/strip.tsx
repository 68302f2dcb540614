/** The running or last shift of a machine as one thin line: how it went so far, without a tap. */
import { useLoad, useSteady } from "../api/load.ts";
import { paths } from "../api/request.ts";
import type { Shift, Timeline } from "../api/types.ts";
import { format } from "../format/current.ts";
import { StateBars } from "../machine/bars.tsx";
import { useWidth } from "../machine/gestures.ts";
import { STATES } from "../states/states.ts";
import { t } from "../text/text.ts";

const HEIGHT = 28;
/** A quarter of a minute moves a shift of eight hours by less than a pixel. */
const REFRESH_MS = 15_000;

export function ShiftStrip({ machine, shift }: { readonly machine: string; readonly shift: Shift }) {
  const { width, box } = useWidth();
  const window = { from: Date.parse(shift.from), to: Date.parse(shift.to) };
  const load = useSteady(useLoad(paths.timeline(machine, window.from, window.to), REFRESH_MS).load);
  const slices = load.kind === "ready" ? load.data.slices : [];
  const { clock } = format.value;
  return (
    <div class="strip" ref={box}>
      <svg width={width} height={HEIGHT} role="img" aria-label={spoken(shift, slices)}>
        <StateBars slices={slices} window={window} width={width} height={HEIGHT} />
      </svg>
      <p class="strip-ends" aria-hidden="true">
        <span>{clock(shift.from)}</span>
        <span>{clock(shift.to)}</span>
      </p>
    </div>
  );
}

/** The times per state, most first: what the colours say to an eye. */
function spoken(shift: Shift, slices: Timeline["slices"]): string {
  const { clock, duration } = format.value;
  const times = STATES.map((state) => ({
    state,
    ms: slices
      .filter((slice) => slice.state === state)
      .reduce((sum, { from, to }) => sum + Date.parse(to) - Date.parse(from), 0),
  }));
  const said = times
    .filter(({ ms }) => ms > 0)
    .toSorted((a, b) => b.ms - a.ms)
    .map(({ state, ms }) => `${t(`state.${state}`)} ${duration(ms)}`);
  return t("strip.label", { from: clock(shift.from), to: clock(shift.to), times: said.join(", ") });
}
