import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { csvSamples, type CsvItem } from "../../../gateway/cli/csvsamples.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { micros, tagId } from "../../../gateway/model/units.ts";
import { csvLine } from "../../../gateway/site/api/csv.ts";

const HEADER = "time,tag,value,quality";
const known = new Set(["press/good", "press/state, old", 'a/"x"']);

/** The text in pieces of the given size: what a line is does not depend on how it was read. */
async function readAll(text: string, piece = 7): Promise<CsvItem[]> {
  const pieces = async function* () {
    for (let at = 0; at < text.length; at += piece) yield text.slice(at, at + piece);
  };
  return Array.fromAsync(csvSamples(pieces(), known));
}

const badOf = async (lines: string): Promise<string[]> =>
  (await readAll(`${HEADER}\n${lines}`)).flatMap((item) =>
    item.kind === "bad" ? [`${item.line}: ${item.reason}`] : [],
  );

describe("samples from CSV", () => {
  const sample = fc.record({
    tag: fc.constantFrom(...[...known].map((id) => tagId(id.slice(0, id.indexOf("/")), id.slice(id.indexOf("/") + 1)))),
    value: fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.constantFrom("=1+1", "'", "''", "12", "true", "-3", "@x", "\t", '"', "a\nb", "a\r\nb\r", ","),
      fc.boolean(),
      fc.constant(null),
    ),
    quality: fc.constantFrom("good" as const, "uncertain" as const, "bad" as const),
  });

  propertyTest.prop([fc.array(sample, { maxLength: 30 }), fc.integer({ min: 1, max: 100 })], { numRuns: 2_000 })(
    "what is exported is imported as it was, to the microsecond and the type",
    async (list, piece) => {
      const samples = list.map((entry, i): Sample => ({ ...entry, time: micros(1_795_500_000_000_000 + i * 333) }));
      const items = await readAll(`${HEADER}\r\n${samples.map(csvLine).join("")}`, piece);
      expect(items.map((item) => (item.kind === "sample" ? item.sample : item))).toEqual(samples);
    },
  );

  test("a file of another program, with a byte order mark and Windows line ends, is read", async () => {
    const items = await readAll(`\uFEFF${HEADER}\r\n2026-11-24T06:00:00+01:00,press/good,12.50,good\r\n\r\n`);
    expect(items).toEqual([
      { kind: "sample", sample: { tag: "press/good", time: 1_795_496_400_000_000, value: 12.5, quality: "good" } },
    ]);
  });

  test("each wrong line is named with what was expected", async () => {
    expect(
      await badOf(
        [
          "24-11-2026 06:00,press/good,1,good",
          "2026-11-24T06:00:00Z,press/goood,1,good",
          "2026-11-24T06:00:00Z,press/good,1,fine",
          "2026-11-24T06:00:00Z,press/good,1",
          "2026-11-24T06:00:00Z,press/good,1,5,good",
          "2026-11-24T06:00:00Z,press/good,NaN,good",
          "2026-11-24T06:00:00Z,press/good,1e999,good",
          '2026-11-24T06:00:00Z,press/good,"x"y,good',
          "2026-11-24T06:00:01Z,press/good,1,good",
          "2026-11-24T06:00:01Z,press/good,2,good",
          '2026-11-24T06:00:00Z,press/good,"open,good',
        ].join("\n"),
      ),
    ).toEqual([
      '2: time is "24-11-2026 06:00"; expected RFC 3339 such as 2026-11-24T06:00:00.250Z',
      '3: there is no tag "press/goood" in this plant; did you mean "press/good"?',
      '4: quality is "fine"; expected good, uncertain or bad',
      "5: expected 4 fields (time,tag,value,quality); found 3",
      "6: expected 4 fields (time,tag,value,quality); found 5",
      '7: value is "NaN"; expected a finite number, true, false, text or nothing',
      '8: value is "1e999"; expected a finite number, true, false, text or nothing',
      "9: longer than 66536 characters, or a quote that is not closed",
      "11: the same tag and time as before with another value; a sample is its tag and time",
      "12: longer than 66536 characters, or a quote that is not closed",
    ]);
  });

  test("a file without the header is refused as a whole", async () => {
    expect(await readAll("time;tag;value;quality\n")).toEqual([
      {
        kind: "bad",
        line: 1,
        reason:
          'expected the header "time,tag,value,quality"; found "time;tag;value;quality"; separate with commas, not semicolons',
      },
    ]);
    expect(await readAll("")).toMatchObject([{ kind: "bad", line: 1 }]);
  });

  propertyTest.prop([fc.string({ unit: "binary", maxLength: 200 })], { numRuns: 10_000 })(
    "whatever the file holds, reading it ends without a crash",
    async (text) => {
      for (const item of await readAll(`${HEADER}\n${text}`)) expect(["bad", "sample"]).toContain(item.kind);
    },
  );
});
