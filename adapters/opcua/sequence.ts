/** Counts the notifications of a subscription, because what was published into a broken connection is missing silently. Pure. */

export interface Numbered {
  readonly sequenceNumber: number;
  /** Without data the number is that of the next notification. */
  readonly keepAlive: boolean;
}

/** More than this is not asked for again: no server keeps so many. */
const MAX_MISSING = 100;
/** Enough for every number that may be asked for again, twice over. */
const MAX_REMEMBERED = 4 * MAX_MISSING;

export class Sequence {
  #next: number | undefined;
  readonly #seen = new Set<number>();

  has(sequenceNumber: number): boolean {
    return this.#seen.has(sequenceNumber);
  }

  /** Whether later ones have come already: it was asked for again. */
  isBehind(sequenceNumber: number): boolean {
    return this.#next !== undefined && sequenceNumber < this.#next && this.#next - sequenceNumber < MAX_MISSING;
  }

  /** Whether a notification with data comes for the first time: we and the library may both have asked for it again. */
  isNew(sequenceNumber: number): boolean {
    if (this.#seen.has(sequenceNumber)) return false;
    this.#seen.add(sequenceNumber);
    const [oldest] = this.#seen;
    if (this.#seen.size > MAX_REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    return true;
  }

  /** @returns the numbers that were passed over, the first time that this shows; "many" when they cannot be named */
  passedOver({ sequenceNumber, keepAlive }: Numbered): readonly number[] | "many" {
    const next = this.#next;
    // An older one is one that was asked for again, or the count going round at 2^32.
    if (this.isBehind(sequenceNumber)) return [];
    this.#next = keepAlive ? sequenceNumber : sequenceNumber + 1;
    if (next === undefined || sequenceNumber <= next) return [];
    if (sequenceNumber - next > MAX_MISSING) return "many";
    return Array.from({ length: sequenceNumber - next }, (_, i) => next + i);
  }
}
