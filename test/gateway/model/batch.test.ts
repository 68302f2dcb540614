import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { batchHeader, decodeBatch, encodeBatch, MAX_BATCH_SAMPLES } from "../../../gateway/model/batch.ts";
import { columnsOf, samplesOf } from "../../../gateway/model/columns.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { micros, tagId } from "../../../gateway/model/units.ts";

const STREAM = "00112233445566778899aabbccddeeff";

const sample = fc.record({
  tag: fc.string({ unit: "binary", maxLength: 40 }).map((name) => tagId("press", name)),
  time: fc.integer({ min: 0, max: 9_000_000_000_000_000 }).map(micros),
  value: fc.oneof(fc.double(), fc.string({ unit: "binary" }), fc.boolean(), fc.constant(null)),
  quality: fc.constantFrom("good" as const, "uncertain" as const, "bad" as const),
});

describe("batch", () => {
  propertyTest.prop([fc.array(sample, { maxLength: 300 }), fc.integer({ min: 1, max: 2 ** 40 })])(
    "what is packed comes out the same, whatever the values and names",
    (samples: Sample[], sequence) => {
      const payload = encodeBatch({ stream: STREAM, sequence, columns: columnsOf(samples) });
      const batch = decodeBatch(payload);
      expect(batch.stream).toBe(STREAM);
      expect(batch.sequence).toBe(sequence);
      expect(samplesOf(batch.columns)).toEqual(samples);
      expect(batchHeader(payload)).toEqual({ stream: STREAM, sequence, samples: samples.length });
    },
  );

  propertyTest.prop([fc.uint8Array({ maxLength: 400 }), fc.boolean()], { numRuns: 10_000 })(
    "random bytes are refused with a message and never decoded",
    (bytes, withMagic) => {
      const payload = withMagic ? Buffer.concat([Buffer.from("FLB1"), bytes]) : Buffer.from(bytes);
      expect(() => decodeBatch(payload)).toThrow(Error);
    },
  );

  test("a batch cut short anywhere is refused", () => {
    const samples = Array.from({ length: 50 }, (_, i): Sample => ({
      tag: tagId("a", `t${i}`),
      time: micros(i),
      value: i,
      quality: "good",
    }));
    const payload = encodeBatch({ stream: STREAM, sequence: 7, columns: columnsOf(samples) });
    for (let length = 0; length < payload.length; length++) {
      expect(() => decodeBatch(payload.subarray(0, length))).toThrow(Error);
    }
  });

  test("more samples than a message may hold are refused at the sender", () => {
    const one: Sample = { tag: tagId("a", "t"), time: micros(1), value: 1, quality: "good" };
    const columns = columnsOf(Array.from({ length: MAX_BATCH_SAMPLES + 1 }, () => one));
    expect(() => encodeBatch({ stream: STREAM, sequence: 1, columns })).toThrow(/at most 10000/);
  });
});
