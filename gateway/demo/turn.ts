/** One turn of a machine: the time without a shift and the shift after it, played out stop by stop. Pure. */
import type { ShiftInstance } from "../kpi/calendar.ts";
import type { Planned } from "../kpi/ledger.ts";
import type { Range } from "../model/time.ts";
import { micros, MICROS_PER_HOUR, MICROS_PER_MILLI, MICROS_PER_SECOND, type Micros } from "../model/units.ts";
import { milliwattHoursBetween } from "./power.ts";
import { CODES, type Activity, type Profile, type StopHabit } from "./profiles.ts";
import { diceFor, type Dice } from "./random.ts";

/** What a machine makes: the key in the configuration, the value its device shows, and the ideal time of one part. */
export interface Product {
  readonly key: string;
  readonly shown: string;
  readonly cycle: Micros;
}

/** What has been counted since the epoch, except the order's own, which begin anew with each order. */
export interface Counts {
  readonly total: number;
  readonly scrap: number;
  readonly orderTotal: number;
  readonly orderScrap: number;
  /** Milliwatt-hours, not rounded. */
  readonly energy: number;
}

/** A stretch in which a machine does one thing. All its borders and parts fall on whole milliseconds. */
export interface Segment extends Range {
  readonly shift: string | null;
  readonly planned: Planned;
  readonly activity: Activity;
  readonly code: number;
  readonly order: string | null;
  readonly product: Product | null;
  readonly load: number;
  /** Time per part; 0 when nothing is made. */
  readonly cycle: Micros;
  readonly firstPart: Micros;
  readonly parts: number;
  /** Which parts of this segment are scrap, counted from 0, ascending. */
  readonly scrap: readonly number[];
  /** Counts at `from`. */
  readonly before: Counts;
}

/** What one turn hands to the next. */
export interface Carry extends Counts {
  readonly time: Micros;
  readonly orderNumber: number;
  readonly orderLeft: number;
  readonly product: number;
  /** Work left on the part in the machine. */
  readonly partLeft: Micros;
  /** Set-up that the end of a shift or a break interrupted. */
  readonly setupLeft: Micros;
  /** Parts since the last start or set-up. */
  readonly sinceStart: number;
}

export interface TurnMachine {
  readonly seed: number;
  readonly profile: Profile;
  readonly products: readonly Product[];
}

const seconds = (value: number): Micros => micros(Math.round(value * 1000) * MICROS_PER_MILLI);
/**
 * No part is finished this close to a change of state: a reader that polls every second then books each part where it
 * was made.
 */
const CLEAR = seconds(1.5);
const SHORTEST_RUN = seconds(45);
const SHORTEST_STOP = seconds(20);
/** After so long without a shift the machine starts cold, and after a weekend it is cold through. */
const COLD = MICROS_PER_HOUR;
const COLD_THROUGH = 24 * MICROS_PER_HOUR;
const PARTS_OF_A_START = 15;
const SLOW_SHARE = 0.15;
const MAINTENANCE_SHARE = 0.08;

export const firstCarry = (epoch: Micros): Carry => ({
  time: epoch,
  total: 0,
  scrap: 0,
  orderTotal: 0,
  orderScrap: 0,
  energy: 0,
  orderNumber: 1000,
  orderLeft: 0,
  product: 0,
  partLeft: CLEAR,
  setupLeft: micros(0),
  sinceStart: 0,
});

export function playTurn(
  machine: TurnMachine,
  before: Carry,
  shift: ShiftInstance,
): { segments: Segment[]; after: Carry } {
  const { profile } = machine;
  const dice = diceFor(machine.seed, profile.id, shift.id);
  const segments: Segment[] = [];
  const now = { ...before };

  const add = (to: Micros, activity: Activity, extra: Partial<Segment> = {}, load = profile.watts.idle): void => {
    if (to <= now.time) return;
    const product = machine.products[now.product] ?? null;
    const segment: Segment = {
      from: now.time,
      to,
      shift: now.time >= shift.from ? shift.id : null,
      planned: plannedAt(shift, now.time),
      activity,
      code: CODES.none,
      order: profile.orderParts === undefined || product === null ? null : orderName(profile.id, now.orderNumber),
      product,
      load,
      cycle: micros(0),
      firstPart: now.time,
      parts: 0,
      scrap: [],
      before: {
        total: now.total,
        scrap: now.scrap,
        orderTotal: now.orderTotal,
        orderScrap: now.orderScrap,
        energy: now.energy,
      },
      ...extra,
    };
    segments.push(segment);
    now.time = to;
    now.total += segment.parts;
    now.orderTotal += segment.parts;
    now.scrap += segment.scrap.length;
    now.orderScrap += segment.scrap.length;
    now.energy += milliwattHoursBetween(load, segment.from, to);
  };

  const cold = shift.from - before.time;
  add(shift.from, "off", {}, profile.watts.off);
  for (const [index, window] of windowsOf(shift, now.time).entries()) {
    // The time before the window is a break: the machine stands by.
    add(window.from, "idle");
    if (index === 0) start(window);
    else add(within(window, now.time + seconds(dice.between(10, 60))), "idle");
    if (index === 0 && profile.maintenanceCode + profile.setupCode > 0 && dice.next() < MAINTENANCE_SHARE) {
      const end = within(window, now.time + seconds(dice.between(1_200, 2_400)));
      add(end, "maintenance", { code: profile.maintenanceCode });
    }
    work(micros(Math.max(now.time, window.to - seconds(dice.between(20, 60)))));
    add(window.to, "idle");
  }
  return { segments, after: now };

  function start(window: Range): void {
    if (cold < COLD) {
      add(within(window, now.time + seconds(dice.between(40, 150))), "idle");
      return;
    }
    const length = cold < COLD_THROUGH ? dice.between(180, 420) : dice.between(1_200, 1_800);
    add(within(window, now.time + seconds(length)), "warmUp", { code: warmUpCode(profile) }, profile.watts.start);
    now.sinceStart = 0;
  }

  function work(end: Micros): void {
    while (end - now.time >= SHORTEST_RUN) {
      if (profile.orderParts !== undefined && now.orderLeft <= 0) nextOrder(profile.orderParts);
      if (now.setupLeft > 0) {
        const to = micros(Math.min(end, now.time + now.setupLeft));
        now.setupLeft = micros(now.setupLeft - (to - now.time));
        add(to, "setup", { code: profile.setupCode });
        continue;
      }
      run(end);
      stop(end);
    }
  }

  function nextOrder([fewest, most]: readonly [number, number]): void {
    now.orderNumber += 1;
    now.orderLeft = Math.round(dice.between(fewest, most));
    now.orderTotal = 0;
    now.orderScrap = 0;
    now.sinceStart = 0;
    if (machine.products.length > 1) {
      now.product =
        (now.product + 1 + Math.floor(dice.next() * (machine.products.length - 1))) % machine.products.length;
    }
    now.setupLeft = seconds(dice.between(...profile.setupSeconds));
  }

  function run(end: Micros): void {
    const length = Math.min(end - now.time, Math.max(SHORTEST_RUN, seconds(dice.wait(profile.runSeconds))));
    const speed = dice.next() < SLOW_SHARE ? dice.between(0.6, 0.8) : dice.between(0.93, 1);
    const product = machine.products[now.product];
    if (profile.orderParts === undefined || product === undefined) {
      add(micros(now.time + length), "run", {}, profile.watts.run);
      return;
    }
    const cycle = seconds(product.cycle / speed / MICROS_PER_SECOND);
    const first = Math.min(Math.max(now.partLeft, CLEAR), cycle);
    const room = length - CLEAR - first;
    const parts = Math.min(room < 0 ? 0 : Math.floor(room / cycle) + 1, now.orderLeft);
    const done = parts === now.orderLeft;
    const to = micros(done ? now.time + first + (parts - 1) * cycle + CLEAR : now.time + length);
    const from = now.time;
    const scrap = scrapOf(parts);
    add(to, "run", { cycle, firstPart: micros(from + first), parts, scrap }, profile.watts.run * (0.55 + 0.45 * speed));
    now.partLeft = micros(done ? cycle : from + first + parts * cycle - to);
    now.orderLeft -= parts;
  }

  function scrapOf(parts: number): number[] {
    const scrap: number[] = [];
    const [settled, starting] = profile.scrap;
    for (let part = 0; part < parts; part++, now.sinceStart++) {
      if (dice.next() < (now.sinceStart < PARTS_OF_A_START ? starting : settled)) scrap.push(part);
    }
    return scrap;
  }

  function stop(end: Micros): void {
    const left = end - now.time;
    const habit = pick(profile.stops, dice);
    if (left < SHORTEST_STOP || habit === undefined || (profile.orderParts !== undefined && now.orderLeft <= 0)) return;
    const length = seconds(dice.between(...habit.seconds));
    // A repair that the shift's end or a break would cut short could look like a minor stop: then none begins.
    if (habit.activity === "breakdown" && length > left) return;
    const code = habit.codes[Math.floor(dice.next() * habit.codes.length)] ?? CODES.none;
    add(micros(Math.min(end, now.time + length)), habit.activity, { code });
  }
}

const warmUpCode = (profile: Profile): number => (profile.setupCode > 0 ? CODES.warmUp : CODES.none);
const orderName = (machine: string, number: number): string => `${machine.slice(0, 2).toUpperCase()}-${number}`;
const within = (range: Range, time: number): Micros => micros(Math.min(time, range.to));

function plannedAt(shift: ShiftInstance, time: Micros): Planned {
  if (time < shift.from) return "none";
  return shift.breaks.some((pause) => time >= pause.from && time < pause.to) ? "break" : "busy";
}

/** The stretches between the breaks, from `start` on. */
function windowsOf(shift: ShiftInstance, start: Micros): Range[] {
  const borders = [{ from: shift.from, to: shift.from }, ...shift.breaks, { from: shift.to, to: shift.to }];
  return borders
    .slice(1)
    .map((next, i) => ({ from: micros(Math.max(borders[i]?.to ?? start, start)), to: next.from }))
    .filter((window) => window.to > window.from);
}

function pick(habits: readonly StopHabit[], dice: Dice): StopHabit | undefined {
  let throwOf = dice.next() * habits.reduce((sum, habit) => sum + habit.weight, 0);
  return habits.find((habit) => (throwOf -= habit.weight) < 0);
}
