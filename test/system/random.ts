/** A seeded source of random numbers, so that a failing run can be repeated: set FIELDLAB_SEED to the printed seed. */

/** Mulberry32 (public domain, Tommy Ettinger): 32 bits of state are plenty for choosing moments to kill at. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function seedOf(title: string): number {
  const seed = Number(process.env["FIELDLAB_SEED"] ?? Date.now() % 2 ** 31);
  process.stdout.write(`${title}: FIELDLAB_SEED=${seed}\n`);
  return seed;
}
