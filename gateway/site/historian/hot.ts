/** Samples of one tag that are durable in the journal but not yet in a chunk, in memory in the order of their arrival. */
import { KIND_STRING, kindOf } from "../../model/columns.ts";
import { EMPTY_RUN, merge, runFromArrivals, type Run } from "./run.ts";

const FIRST_CAPACITY = 32;

export class HotSamples {
  #times = new Float64Array(FIRST_CAPACITY);
  #flags = new Uint8Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  #length = 0;
  #ordered = true;
  readonly #strings: string[] = [];
  readonly #places = new Map<string, number>();
  /** Live samples and a backlog come interleaved, each in order: in two lanes they need merging, not sorting. */
  #late: HotSamples | undefined;
  readonly #isLate: boolean;

  constructor(isLate = false) {
    this.#isLate = isLate;
  }

  /** @param text the string itself when the sample is one */
  add(time: number, flags: number, value: number, text: string): void {
    const i = this.#length;
    if (i > 0 && time <= (this.#times[i - 1] as number)) {
      if (!this.#isLate) {
        this.#late ??= new HotSamples(true);
        this.#late.add(time, flags, value, text);
        return;
      }
      this.#ordered = false;
    }
    if (i === this.#times.length) this.#grow();
    this.#times[i] = time;
    this.#flags[i] = flags;
    this.#values[i] = kindOf(flags) === KIND_STRING ? this.#place(text) : value;
    this.#length = i + 1;
  }

  /** Everything so far, in time order. Later samples do not change it. */
  run(): Run {
    const n = this.#length;
    if (n === 0) return EMPTY_RUN;
    const run = {
      times: this.#times.subarray(0, n),
      flags: this.#flags.subarray(0, n),
      values: this.#values.subarray(0, n),
      strings: this.#strings,
    };
    // The late lane never has a moment before this one does, so what came first stays.
    if (this.#ordered) return this.#late === undefined ? run : merge(run, this.#late.run());
    const sorted = runFromArrivals(run.times, run.flags, run.values, run.strings);
    this.#times = Float64Array.from(sorted.times);
    this.#flags = Uint8Array.from(sorted.flags);
    this.#values = Float64Array.from(sorted.values);
    this.#length = sorted.times.length;
    this.#ordered = true;
    return sorted;
  }

  #place(text: string): number {
    const place = this.#places.get(text) ?? this.#strings.push(text) - 1;
    this.#places.set(text, place);
    return place;
  }

  #grow(): void {
    const capacity = this.#times.length * 2;
    const grown = {
      times: new Float64Array(capacity),
      flags: new Uint8Array(capacity),
      values: new Float64Array(capacity),
    };
    grown.times.set(this.#times);
    grown.flags.set(this.#flags);
    grown.values.set(this.#values);
    this.#times = grown.times;
    this.#flags = grown.flags;
    this.#values = grown.values;
  }
}
