/** How late the event loop runs: the first sign that the process has more to do than it can. */
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 10;
/** Long enough for a figure that does not flicker, short enough to follow. */
const WINDOW_MS = 10_000;
const NANOS_PER_MILLI = 1e6;

export interface LoopLag extends Disposable {
  /** 99th percentile of the window before, in ms above what a timer takes anyway. */
  read(): number;
}

export function watchLoop(): LoopLag {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let lag = 0;
  const timer = setInterval(() => {
    lag = Math.max(0, delay.percentile(99) / NANOS_PER_MILLI - RESOLUTION_MS);
    delay.reset();
  }, WINDOW_MS).unref();
  return {
    read: () => Math.round(lag * 10) / 10,
    [Symbol.dispose]() {
      clearInterval(timer);
      delay.disable();
    },
  };
}
