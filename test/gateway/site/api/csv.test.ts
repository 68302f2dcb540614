/** CSV that a spreadsheet opens without running it, and that can be read back to the same samples. */
import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { formatInstant } from "../../../../gateway/model/time.ts";
import { micros } from "../../../../gateway/model/units.ts";
import { csvLine } from "../../../../gateway/site/api/csv.ts";

/** Fields of one record after RFC 4180, written without a look at the code under test. */
function fields(line: string): { text: string; quoted: boolean }[] {
  const found: { text: string; quoted: boolean }[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?:,|\r\n$)/gy;
  for (const [, quoted, bare] of line.matchAll(pattern)) {
    found.push({ text: quoted?.replaceAll('""', '"') ?? bare ?? "", quoted: quoted !== undefined });
  }
  return found;
}

const anySample = fc.record({
  tag: fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }).map((name) => `plc/${name}` as never),
  time: fc.integer({ min: 0, max: 2 ** 52 }).map(micros),
  value: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(-0),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.constantFrom("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'quoted", '"', "a,b", "a\nb", "12", "true", ""),
  ),
  quality: fc.constantFrom("good" as const, "uncertain" as const, "bad" as const),
});

describe("a line of CSV", () => {
  propertyTest.prop([anySample])("holds the sample, and can be told from every other one", (sample) => {
    const [time, tag, value, quality] = fields(csvLine(sample));
    expect(time?.text).toBe(formatInstant(sample.time));
    expect(tag?.text).toBe(sample.tag);
    expect(quality?.text).toBe(sample.quality);
    if (typeof sample.value === "string") {
      expect(value?.quoted).toBe(true);
      expect(value?.text.replace(/^'/, "")).toBe(sample.value);
    } else {
      // The sign of a zero is kept; String() would drop it.
      const bare = Object.is(sample.value, -0) ? "-0" : String(sample.value ?? "");
      expect(value).toEqual({ text: bare, quoted: false });
    }
  });

  propertyTest.prop([anySample])("never begins a text as a formula", (sample) => {
    for (const { text, quoted } of fields(csvLine(sample))) {
      if (quoted) expect(text).not.toMatch(/^[=+\-@\t\r\n]/);
    }
  });

  test("microseconds are kept", () => {
    const line = csvLine({ tag: "plc/a" as never, time: micros(1_764_000_000_000_001), value: 1.5, quality: "good" });
    expect(line).toBe("2025-11-24T16:00:00.000001Z,plc/a,1.5,good\r\n");
  });
});
