/** The newest sample of each tag and how many were stored lately: what screens ask for every second. */
import { sampleAt, type SampleColumns } from "../../model/columns.ts";
import type { Sample } from "../../model/sample.ts";
import { MICROS_PER_SECOND, type Micros, type TagId } from "../../model/units.ts";

/** The last minute as six stretches of ten seconds: exact enough for a rate, and six numbers per tag. */
const STRETCH_MS = 10_000;
const STRETCHES = 6;

export interface Live {
  readonly latest: ReadonlyMap<TagId, Sample>;
  stored(columns: SampleColumns): void;
  prime(samples: Iterable<Sample>): void;
  /** Samples of the tag that were stored in the last minute. */
  perMinute(tag: TagId): number;
  samplesPerSecond(): number;
}

/** A source's clock may be this far from ours; beyond it a time is of a clock that was wrong. */
const NEAR_MICROS = 600 * MICROS_PER_SECOND;

/**
 * @param now the plant's clock
 * @param milliseconds a monotonic clock: rates are about real time, whatever the plant's clock does
 */
export function createLive(now: () => Micros, milliseconds: () => number = () => performance.now()): Live {
  const latest = new Map<TagId, Sample>();
  const rates = new Map<TagId, Rate>();
  const all = createRate();
  const stretch = () => Math.floor(milliseconds() / STRETCH_MS);

  /** What was dated far ahead while a clock was wrong must not hide the present until that time has come. */
  function isNewer(time: number, known: number, present: number): boolean {
    return time > known || (known > present + NEAR_MICROS && Math.abs(time - present) <= NEAR_MICROS);
  }
  function offer(sample: Sample): void {
    const known = latest.get(sample.tag);
    if (known === undefined || isNewer(sample.time, known.time, now())) latest.set(sample.tag, sample);
  }
  return {
    latest,
    stored(columns) {
      const { tags, tagIndex, times } = columns;
      const counts = new Uint32Array(tags.length);
      const newest = new Int32Array(tags.length).fill(-1);
      const present = now();
      for (let i = 0; i < times.length; i++) {
        const tag = tagIndex[i] as number;
        counts[tag] = (counts[tag] as number) + 1;
        const best = newest[tag] as number;
        if (best < 0 || isNewer(times[i] as number, times[best] as number, present)) newest[tag] = i;
      }
      const current = stretch();
      for (const [i, tag] of tags.entries()) {
        const best = newest[i] as number;
        if (best < 0) continue;
        offer(sampleAt(columns, best));
        let rate = rates.get(tag);
        if (rate === undefined) rates.set(tag, (rate = createRate()));
        rate.add(current, counts[i] as number);
      }
      all.add(current, times.length);
    },
    prime(samples) {
      for (const sample of samples) offer(sample);
    },
    perMinute: (tag) => rates.get(tag)?.sum(stretch()) ?? 0,
    samplesPerSecond: () => all.sum(stretch()) / ((STRETCH_MS * STRETCHES) / 1000),
  };
}

interface Rate {
  add(stretch: number, count: number): void;
  sum(stretch: number): number;
}

function createRate(): Rate {
  const counts = new Float64Array(STRETCHES);
  const stretches = new Float64Array(STRETCHES).fill(-1);
  return {
    add(stretch, count) {
      const place = stretch % STRETCHES;
      if (stretches[place] !== stretch) counts[place] = 0;
      stretches[place] = stretch;
      counts[place] = (counts[place] as number) + count;
    },
    sum: (stretch) =>
      counts.reduce((sum, count, place) => (stretch - (stretches[place] as number) < STRETCHES ? sum + count : sum), 0),
  };
}
