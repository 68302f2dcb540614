/** Slices as columns of pixels: what is narrower than a pixel is joined, so that a month is as quick as a shift. */
import type { State } from "../api/types.ts";
import type { Range } from "./range.ts";

export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly state: State;
}
export interface Column {
  readonly x: number;
  readonly width: number;
  readonly state: State;
}

/** Narrower than this a stretch is not drawn by itself, in pixels. */
const NARROWEST = 1;

/**
 * @param slices in the order of time, without overlap
 * @param width of the drawing in pixels
 */
export function columns(slices: readonly Stretch[], window: Range, width: number): readonly Column[] {
  const scale = width / (window.to - window.from);
  const drawn: Column[] = [];
  let bin: { x: number; end: number; shares: Map<State, number> } | null = null;
  const close = (): void => {
    if (bin === null) return;
    const [state] = [...bin.shares].reduce((most, next) => (next[1] > most[1] ? next : most));
    push(drawn, { x: bin.x, width: bin.end - bin.x, state });
    bin = null;
  };
  for (const slice of slices) {
    if (slice.to <= window.from || slice.from >= window.to) continue;
    const x = Math.max(0, (slice.from - window.from) * scale);
    const end = Math.min(width, (slice.to - window.from) * scale);
    if (end - x >= NARROWEST) {
      close();
      push(drawn, { x, width: end - x, state: slice.state });
      continue;
    }
    if (bin !== null && x - bin.end > NARROWEST) close();
    bin ??= { x, end, shares: new Map() };
    bin.end = end;
    bin.shares.set(slice.state, (bin.shares.get(slice.state) ?? 0) + end - x);
    if (bin.end - bin.x >= NARROWEST) close();
  }
  close();
  return drawn;
}

function push(drawn: Column[], column: Column): void {
  const last = drawn.at(-1);
  if (last !== undefined && last.state === column.state && column.x - (last.x + last.width) < 0.01) {
    drawn[drawn.length - 1] = { ...last, width: column.x + column.width - last.x };
  } else drawn.push(column);
}
