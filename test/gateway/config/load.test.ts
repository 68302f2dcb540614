/** Every way of getting a configuration wrong that we could think of, and the words that someone gets to read. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { formatProblem, loadPlant, parsePlant } from "../../../gateway/config/load.ts";
import { mistakes } from "./mistakes.ts";
import { PLANT } from "./plants.ts";

const linesOf = (text: string): string[] => {
  const loaded = parsePlant("plant.yaml", text);
  if ("plant" in loaded) return [];
  return loaded.problems.map(({ line, column, path, message, advice }) =>
    [`${line}:${column}${path === "" ? "" : ` ${path}`}`, message, ...(advice === undefined ? [] : [advice])].join(
      " | ",
    ),
  );
};

describe("a wrong configuration", () => {
  test("the plant that the mistakes are made in is right itself", () => {
    expect(linesOf(PLANT)).toEqual([]);
  });

  test.each(mistakes)("is refused with its place and a cure: $name", ({ replace, by, problems }) => {
    expect(PLANT).toContain(replace);
    expect(linesOf(PLANT.replace(replace, by))).toEqual(problems);
  });

  test("shows all its problems at once, in the order of the lines", () => {
    const text = PLANT.replace("float32, unit: kW }", "flaot32, unit: kW }")
      .replace("calendar: day", "calendar: night")
      .replace("2026-07-01", "2025-07-01")
      .replace("name: Works", "nmae: Works");
    expect(linesOf(text).map((line) => line.split(" ")[1])).toEqual([
      "site.nmae",
      "connections.meter.tags.power.type",
      "machines.press1.calendar",
      "energy.tariffs[1].from",
    ]);
  });

  test("does not complain of a reference to something that is there but wrong itself", () => {
    expect(linesOf(PLANT.replace("table: packml", "table: packlm"))).toHaveLength(1);
    expect(linesOf(PLANT.replace("    name: Press 1\n", ""))).toEqual([
      '32:3 machines.press1.name | "name" is missing: expected text',
    ]);
  });

  test.each(["password: 12", "password: { enf: hunter2 }", "pasword: hunter2", "password: { env: hunter2, file: 3 }"])(
    "never shows a secret: %s",
    (wrong) => {
      const text = linesOf(PLANT.replace("password: hunter2", wrong.replace("12", "1234567"))).join("\n");
      expect(text).not.toBe("");
      expect(text).not.toMatch(/hunter2|1234567/);
    },
  );

  test("is refused whole when it is empty, a list, no text, or not there", () => {
    expect(linesOf("")).toEqual([
      "1:1 | the file is empty; expected a plant | copy config/example.yaml to config/plant.yaml and make it yours",
    ]);
    expect(linesOf("- 1")).toEqual(["1:1 | expected a group of keys; found a list"]);
    const folder = mkdtempSync(join(tmpdir(), "fieldlab-load-"));
    try {
      const path = join(folder, "plant.yaml");
      expect(loadPlant(path)).toMatchObject({
        problems: [{ message: "cannot be read: ENOENT: no such file or directory" }],
      });
      writeFileSync(path, Buffer.from([0x76, 0xff, 0xfe]));
      expect(loadPlant(path)).toMatchObject({ problems: [{ message: "the file is not UTF-8 text" }] });
      writeFileSync(path, Buffer.alloc(9 * 1024 * 1024, 0x23));
      expect(loadPlant(path)).toMatchObject({ problems: [{ advice: "is this the right file?" }] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("cannot unfold to gigabytes", () => {
    const bomb = Array.from({ length: 9 }, (_, i) => `a${i}: &a${i} [${i === 0 ? "x" : `*a${i - 1},`.repeat(9)}]`);
    expect(linesOf(bomb.join("\n"))).toEqual([
      "1:1 | aliases (*name) unfold to more than 200 nodes | write the repeated blocks out",
    ]);
  });

  test("is written as compilers do", () => {
    const loaded = parsePlant("config/plant.yaml", PLANT.replace("calendar: day", "calendar: days"));
    expect("problems" in loaded && loaded.problems.map(formatProblem)).toEqual([
      'config/plant.yaml:35:15  machines.press1.calendar\n    there is no calendar "days"\n    → did you mean "day"?',
    ]);
  });

  propertyTest.prop([fc.string({ unit: "binary", maxLength: 20 }), fc.nat({ max: PLANT.length }), fc.nat({ max: 30 })])(
    "is refused and never crashes, whatever is typed in the middle of it",
    (typed, at, removed) => {
      const loaded = parsePlant("plant.yaml", PLANT.slice(0, at) + typed + PLANT.slice(at + removed));
      if ("problems" in loaded) {
        for (const { line, column, message } of loaded.problems) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
          expect(message).not.toMatch(/Invalid (input|option)|undefined|\[object/);
        }
      }
    },
  );
});

test("the example for a first own machine is right", () => {
  expect(loadPlant("config/example.yaml")).toHaveProperty("plant");
});
