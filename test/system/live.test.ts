/** The demo factory, the edge and the site as processes on real sockets at forty times real time, against the truth. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openFactory } from "../../gateway/demo/state.ts";
import { openTruth } from "../../gateway/demo/truthfile.ts";
import {
  clockFrom,
  CLOCK_VARIABLE,
  parseInstant,
  wallClock,
  type Clock,
  type Range,
} from "../../gateway/model/time.ts";
import { micros, type Micros } from "../../gateway/model/units.ts";
import { demoPlant, type DemoPlant } from "./demoplant.ts";
import { eventually, startFieldlab, type Running } from "./processes.ts";
import {
  comparison,
  figuresOfGateway,
  figuresOfTruth,
  gatewayStretches,
  longestDifferenceMs,
  truthIn,
  type Figures,
  type Stretch,
  type True,
} from "./truthledger.ts";

const SPEED = 40;
const at = (text: string): Micros => parseInstant(text) ?? micros(Number.NaN);
/** Always the same day: no holiday, no change of the clocks. */
const BEGIN = at("2035-03-14T06:00:00Z");
const HALF_HOUR = 1_800_000_000;
const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/**
 * A shift from five past to 25 past, each half hour: the first half hour after everything is up has a whole one, with
 * quiet time on both sides, however long the start took.
 */
const CALENDAR = {
  shifts: Array.from({ length: 48 }, (_, i) => {
    const time = (minute: number) =>
      `${String(i >> 1).padStart(2, "0")}:${String((i % 2) * 30 + minute).padStart(2, "0")}`;
    const breaks = [{ from: time(15), to: time(17) }];
    return { name: `proef ${i}`, days, from: time(5), to: time(25), breaks };
  }),
  holidays: [],
};
const CALENDARS = { drieploegen: CALENDAR, tweeploegen: CALENDAR, avondnacht: CALENDAR, dagdienst: CALENDAR };
/** The machines that report each change themselves give its moment too: the speed does not matter. */
const REPORTING = ["mill", "packer"] as const;
/**
 * These are read once a simulated second, which is every 25 ms: how late a reading is on two busy cores counts times the
 * speed. A real second is granted for that, beside the second and the interval.
 */
const POLLED = ["press", "saw"] as const;
const POLLED_MS = 1000 + 1000 + 1000 * SPEED;

/** The ledger follows a second and a half behind, and a batch takes its time: five real seconds. */
const MARGIN = 5_000_000 * SPEED;

/** Two of the meters show kWh as float32, of which 45 MWh leaves steps of 3.9 Wh: one at each end of the range. */
const METER_DIGIT_WH = 4;

interface Compared {
  readonly truth: readonly True[];
  readonly found: readonly Stretch[];
  readonly real: Figures;
  readonly figures: Figures;
  readonly calendarMs: number;
  readonly unknownMs: number;
}

describe("the demo factory live, at forty times real time", () => {
  const machines = [...POLLED, ...REPORTING];
  const compared = new Map<string, Compared>();
  const processes: Running[] = [];
  let demo: DemoPlant;
  let clock: Clock;
  let range: Range;
  const of = (machine: string): Compared => {
    const found = compared.get(machine);
    if (found === undefined) throw new Error(`nothing was compared of ${machine}`);
    return found;
  };

  beforeAll(async () => {
    demo = await demoPlant({ calendars: CALENDARS });
    // The instant at which real and simulated time were equal, such that it is now BEGIN.
    const anchor = Math.round((wallClock.now() * SPEED - BEGIN) / (SPEED - 1));
    const environment = { [CLOCK_VARIABLE]: `${anchor}@${SPEED}` };
    clock = clockFrom(environment);
    const start = (name: string): Running => {
      const process_ = startFieldlab([name, ...demo.options], environment);
      processes.push(process_);
      return process_;
    };
    start("site");
    start("demo");
    await demo.ready();
    start("edge");
    await eventually(
      "every tag has a fresh value",
      async () => {
        const { tags } = await demo.health();
        return tags.length > 0 && tags.every(({ time, stale }) => time !== null && !stale) ? true : undefined;
      },
      120_000,
    );
    const from = micros(Math.ceil(clock.now() / HALF_HOUR + 0.03) * HALF_HOUR);
    range = { from, to: micros(from + HALF_HOUR) };
    while (clock.now() < range.to + MARGIN) await sleep(250);
    await demo.folded();
    // The file of the demo ends with the last change; the same simulator tells what goes on after it.
    const factory = openFactory({ plant: demo.plant, folder: demo.folder, now: range.to });
    const told = join(demo.folder, "told");
    openTruth(demo.plant, factory, told).writeUntil(micros(range.to + 30 * 3_600_000_000));
    for (const machine of machines) {
      const written = readFileSync(join(demo.folder, "truth", `${machine}.jsonl`), "utf8");
      const whole = readFileSync(join(told, "truth", `${machine}.jsonl`), "utf8");
      expect(whole.startsWith(written)).toBe(true);
      const truth = truthIn(told, machine, range);
      const ledger = await demo.ledger(machine, range);
      compared.set(machine, {
        truth,
        found: gatewayStretches(await demo.timeline(machine, range), range),
        real: figuresOfTruth(demo.plant, machine, truth),
        figures: figuresOfGateway(ledger),
        calendarMs: ledger.sums.calendarMs,
        unknownMs: ledger.sums.ms.unknown,
      });
    }
    const rows = machines.map((machine) => {
      const { real, figures, truth, found } = of(machine);
      return [machine, real, figures, longestDifferenceMs(truth, found, "state")] as const;
    });
    process.stdout.write(comparison(`\nlive at ${SPEED} times real time`, rows));
  }, 300_000);
  afterAll(async () => {
    for (const process_ of processes) await process_[Symbol.asyncDispose]();
    demo[Symbol.dispose]();
  });

  test.each(machines)("%s: counts are exact, and every moment is in a category", (machine) => {
    const { real, figures, calendarMs, unknownMs } = of(machine);
    const { total, good, scrap } = figures;
    expect({ total, good, scrap }).toEqual({ total: real.total, good: real.good, scrap: real.scrap });
    expect({ calendarMs, unknownMs }).toEqual({ calendarMs: 30 * 60_000, unknownMs: 0 });
  });

  test.each(REPORTING)("%s reports its changes: states within 1 s, figures within 0.1 percentage point", (machine) => {
    const { truth, found, real, figures } = of(machine);
    expect(longestDifferenceMs(truth, found, "state")).toBeLessThanOrEqual(1000);
    for (const name of ["availability", "performance", "quality"] as const) {
      expect(Math.abs((figures[name] ?? 0) - (real[name] ?? 0))).toBeLessThan(0.001);
    }
  });

  test.each(POLLED)(
    "%s is read 40 times a second: states within 1 s, an interval and a real second of delay (together 42 simulated seconds)",
    (machine) => {
      const { truth, found } = of(machine);
      expect(longestDifferenceMs(truth, found, "state")).toBeLessThanOrEqual(POLLED_MS);
    },
  );

  test.each(machines)("%s: energy within 0.1 % and the last digit of its meter at either end (8 Wh)", (machine) => {
    const { real, figures } = of(machine);
    expect(Math.abs(figures.wh - real.wh)).toBeLessThan(0.001 * real.wh + 2 * METER_DIGIT_WH);
  });
});
