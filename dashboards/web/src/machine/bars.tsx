/** States along the clock as coloured bars: the timeline of a machine, and the small one of a tile. */
import type { Slice } from "../api/types.ts";
import { columns } from "./paint.ts";
import type { Range } from "./range.ts";

export function StateBars(props: {
  readonly slices: readonly Pick<Slice, "from" | "to" | "state">[];
  readonly window: Range;
  readonly width: number;
  readonly height: number;
}) {
  const { window, width, height } = props;
  const stretches = props.slices.map(({ from, to, state }) => ({ from: Date.parse(from), to: Date.parse(to), state }));
  return (
    <>
      <rect class="timeline-ground" width={width} height={height} />
      {columns(stretches, window, width).map((bar) => (
        <rect key={bar.x} class={`fill-${bar.state}`} x={bar.x} width={Math.max(bar.width, 0.5)} height={height} />
      ))}
    </>
  );
}
