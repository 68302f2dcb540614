/** What the stages are fed with. */
import type { Sample } from "../../gateway/model/sample.ts";
import { micros, tagId } from "../../gateway/model/units.ts";

/** One value of each tag makes a batch. */
export const TAGS = 500;
export const BATCHES = 2000;
export const SAMPLES = TAGS * BATCHES;
export const STREAM = "00112233445566778899aabbccddeeff";

const tags = Array.from({ length: TAGS }, (_, i) => tagId("bench", `t${i}`));

/** Power-like values with two decimals, one per tag and second: what meters give. */
export function batchOfSecond(second: number, start: number): Sample[] {
  return tags.map((tag, i) => ({
    tag,
    time: micros(start + second * 1_000_000 + i),
    value: Math.round((20 + Math.sin(second / 60 + i) * 5 + ((second * 7919 + i * 104_729) % 100) / 200) * 100) / 100,
    quality: "good",
  }));
}
