/**
 * A second, deliberately naive ledger for comparison: millisecond by millisecond, from the definitions alone, with none
 * of the fold's machinery. Slow and obvious.
 */
import type { Calendar } from "../../../gateway/kpi/calendar.ts";
import type { MachineDefinition, Role } from "../../../gateway/kpi/machine.ts";
import type { Sample, Value } from "../../../gateway/model/sample.ts";
import type { Range } from "../../../gateway/model/time.ts";
import { micros } from "../../../gateway/model/units.ts";

export interface Moment {
  state: string;
  planned: string;
  shift: string | null;
  reason: string | null;
  order: string | null;
  product: string | null;
}

const PACKML_STATES: Record<number, string> = {
  1: "breakdown",
  2: "stopped",
  3: "idle",
  4: "idle",
  5: "suspended",
  6: "producing",
  8: "breakdown",
  9: "breakdown",
  10: "minorStop",
  11: "minorStop",
  16: "idle",
};

/** What the machine did in each millisecond of the range. `samples` in any order. */
export function naiveMoments(
  machine: MachineDefinition,
  calendar: Calendar,
  samples: readonly Sample[],
  range: Range,
): Moment[] {
  const lists = new Map<Role, Sample[]>();
  for (const { role, tag } of machine.signals) {
    lists.set(
      role,
      samples.filter((sample) => sample.tag === tag).sort((a, b) => a.time - b.time),
    );
  }
  const maxAge = new Map(machine.signals.map(({ role, maxAge }) => [role, maxAge * 1000]));
  /** The value in the millisecond that begins at `ms`: of the last sample in or before it, if that is not too old. */
  const valueAt = (role: Role, ms: number): Value | null => {
    const last = lists.get(role)?.findLast(({ time }) => Math.floor(time / 1000) <= ms);
    if (last === undefined || last.quality === "bad") return null;
    return ms >= Math.floor((last.time + (maxAge.get(role) ?? 0)) / 1000) ? null : last.value;
  };
  const raw: string[] = [];
  const moments: Moment[] = [];
  for (let ms = range.from / 1000; ms < range.to / 1000; ms++) {
    const reasonValue = valueAt("stopReason", ms);
    const reason = reasonValue === null || reasonValue === 0 ? null : reasonValue === 7 ? "jam" : String(reasonValue);
    const device = valueAt("state", ms);
    let state = device === null ? "unknown" : (PACKML_STATES[Number(device)] ?? "unknown");
    if (state !== "unknown") {
      const mode = valueAt("mode", ms);
      if (mode === 2) state = "plannedStop";
      else if (mode === 3) state = "setup";
      else if (["idle", "minorStop", "suspended"].includes(state) && valueAt("starved", ms) === true) state = "starved";
      else if (["idle", "minorStop", "suspended"].includes(state) && valueAt("blocked", ms) === true) state = "blocked";
      else if (state === "suspended") state = "starved";
      else if (state === "stopped") state = reason === null ? "idle" : "minorStop";
    }
    raw.push(state);
    const span = calendar.spanAt(micros(ms * 1000));
    const text = (value: Value | null): string | null => (value === null ? null : String(value) || null);
    moments.push({
      state,
      planned: span.planned,
      shift: span.shift,
      reason,
      order: text(valueAt("order", ms)),
      product: text(valueAt("product", ms)),
    });
  }
  for (let i = 0; i < raw.length;) {
    let end = i;
    while (end < raw.length && raw[end] === raw[i]) end++;
    if (raw[i] === "minorStop" && end - i >= machine.minorStopBelow) {
      for (let k = i; k < end; k++) (moments[k] as Moment).state = "breakdown";
    }
    i = end;
  }
  for (const moment of moments) if (["producing", "unknown"].includes(moment.state)) moment.reason = null;
  return moments;
}
