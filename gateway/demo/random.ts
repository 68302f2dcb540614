/** The simulator's dice: the same words give the same throws, on every machine and after every restart. */

export interface Dice {
  /** Uniform in [0, 1). */
  readonly next: () => number;
  /** Uniform in [low, high). */
  readonly between: (low: number, high: number) => number;
  /** Exponential with this mean: how long until something happens that has no memory. */
  readonly wait: (mean: number) => number;
}

/** @param words what the throws belong to, such as seed, machine and shift: another word, other throws */
export function diceFor(...words: readonly (string | number)[]): Dice {
  let state = hash(words.join("\u0000"));
  // mulberry32: 32 bits of state are plenty for one shift of one machine, and it is the same in every engine.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    wait: (mean) => -Math.log(1 - next()) * mean,
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value;
}
