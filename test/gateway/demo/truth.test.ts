import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createFactory } from "../../../gateway/demo/factory.ts";
import { openFactory } from "../../../gateway/demo/state.ts";
import { truthOf } from "../../../gateway/demo/truth.ts";
import { openTruth } from "../../../gateway/demo/truthfile.ts";
import { calendarOf } from "../../../gateway/kpi/calendar.ts";
import { micros } from "../../../gateway/model/units.ts";
import { DAY, demoPlant, EPOCH, MONTH } from "./plant.ts";

const plant = demoPlant();
const folders: string[] = [];
const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), "fieldlab-demo-"));
  folders.push(path);
  return path;
};
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

describe("the truth of the demo", () => {
  test.each(["saw", "press", "mill", "packer"])(
    "of the %s has no holes and adds up, on the 25-hour day too",
    (machine) => {
      const factory = createFactory(plant, 4, EPOCH);
      const lines = [...truthOf(plant, factory, machine, MONTH)];
      expect(lines[0]?.from).toBe(new Date(EPOCH / 1000).toISOString());
      for (const [i, line] of lines.entries()) {
        if (i > 0) expect(line.from).toBe(lines[i - 1]?.to);
        expect(line.good + line.scrap).toBe(line.total);
      }
      const last = lines.at(-1);
      const end = factory.machine(machine).at(micros(Date.parse(last?.to ?? "") * 1000));
      expect(lines.reduce((sum, line) => sum + line.total, 0)).toBe(end.segment.before.total);
      expect(lines.reduce((sum, line) => sum + line.scrap, 0)).toBe(end.segment.before.scrap);
      expect(lines.reduce((sum, line) => sum + line.energyMwh, 0)).toBe(Math.round(end.segment.before.energy));
    },
  );

  test("plans its time exactly as the calendar does", () => {
    const factory = createFactory(plant, 4, EPOCH);
    for (const machine of ["saw", "press", "mill", "packer"]) {
      const lines = [...truthOf(plant, factory, machine, MONTH)];
      const to = micros(Date.parse(lines.at(-1)?.to ?? "") * 1000);
      const planned = { busy: 0, break: 0, none: 0 };
      for (const span of calendarOf(plant, plant.machines[machine]?.calendar ?? "").plannedSpans({ from: EPOCH, to })) {
        planned[span.planned] += span.to - span.from;
      }
      const played = { busy: 0, break: 0, none: 0 };
      for (const line of lines) played[line.planned] += (Date.parse(line.to) - Date.parse(line.from)) * 1000;
      expect(played).toEqual(planned);
    }
  });

  test("goes on after a restart where it ended, also when a crash cut a line off", () => {
    const [whole, parts] = [folder(), folder()];
    openTruth(plant, createFactory(plant, 9, EPOCH), whole).writeUntil(MONTH.to);
    for (const days of [3, 3, 11]) {
      openTruth(plant, createFactory(plant, 9, EPOCH), parts).writeUntil(micros(EPOCH + days * DAY));
      appendFileSync(join(parts, "truth", "mill.jsonl"), '{"machine":"mill","from":"2026-');
    }
    openTruth(plant, createFactory(plant, 9, EPOCH), parts).writeUntil(MONTH.to);
    for (const machine of ["saw", "press", "mill", "packer"]) {
      const read = (path: string) => readFileSync(join(path, "truth", `${machine}.jsonl`), "utf8");
      expect(read(parts) === read(whole)).toBe(true);
    }
  });

  test("belongs to the folder's factory: a restart finds it, another seed is refused", () => {
    const path = folder();
    const first = openFactory({ plant, folder: path, now: MONTH.to, seed: 7 });
    const second = openFactory({ plant, folder: path, now: micros(MONTH.to + 5 * DAY) });
    expect([second.seed, second.epoch]).toEqual([7, first.epoch]);
    expect(new Date(first.epoch / 1000).toLocaleTimeString("nl", { timeZone: "Europe/Amsterdam" })).toBe("00:00:00");
    expect(() => openFactory({ plant, folder: path, now: MONTH.to, seed: 8 })).toThrow(
      /seed 7; seed 8 is another factory/,
    );
  });
});
