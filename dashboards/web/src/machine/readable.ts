/** A series in the unit in which people speak of it: kW and kWh where the device counts in W and Wh. */
import type { Series } from "../api/types.ts";

const THOUSANDS: Readonly<Record<string, string>> = { W: "kW", Wh: "kWh", kW: "MW" };
/** Below this a number is short enough as it is. */
const LONG = 10_000;

export function readable(series: Series): Series {
  const unit = series.unit === null ? undefined : THOUSANDS[series.unit];
  const most = series.max.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  if (unit === undefined || most < LONG) return series;
  const thousandth = (values: readonly number[]): number[] => values.map((value) => value / 1000);
  return {
    ...series,
    unit,
    min: thousandth(series.min),
    max: thousandth(series.max),
    mean: thousandth(series.mean),
  };
}

/** Most digits after the point that an axis shows. */
const MOST_DECIMALS = 3;

/** As many decimals as tell two neighbours on an axis apart. */
export function decimalsOf(splits: readonly number[]): number {
  const step = Math.abs((splits[1] ?? 1) - (splits[0] ?? 0));
  return step === 0 ? 0 : Math.min(MOST_DECIMALS, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
}
