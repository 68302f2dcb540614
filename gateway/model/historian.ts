/** The contract of whatever keeps history. Writing the same sample twice leaves one. */
import type { SampleColumns } from "./columns.ts";
import type { Sample } from "./sample.ts";
import type { Range } from "./time.ts";
import type { Micros, TagId } from "./units.ts";

/** A sample that the store refuses for good; it goes to the dead letters with this reason. */
export interface Rejected {
  readonly sample: Sample;
  readonly reason: string;
}

/** One bucket of a downsampled series; a tag with few samples gives a bucket per sample. */
export interface Point {
  readonly time: Micros;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly count: number;
}

export interface Historian extends AsyncDisposable {
  /** Resolves when every sample that is not returned as rejected is durable. Throws when the store cannot be reached. */
  write(columns: readonly SampleColumns[]): Promise<Rejected[]>;
  /**
   * Numbers and booleans for drawing, at most `maxPoints` buckets; buckets without samples are absent, and a value of
   * bad quality is not drawn.
   */
  read(tag: TagId, range: Range, maxPoints: number): Promise<Point[]>;
  /** Every sample of the tags in the range, merged in time order (ties in the order of `tags`), in bounded pages. */
  scan(tags: readonly TagId[], range: Range): AsyncIterable<readonly Sample[]>;
  /** The newest sample of each tag, or with `before` the newest one earlier than that. */
  latest(tags: readonly TagId[], before?: Micros): Promise<Map<TagId, Sample>>;
  /** Number of distinct (tag, time) identities in the range. */
  count(tags: readonly TagId[], range: Range): Promise<number>;
}
