/** Which sequence numbers of a stream are stored: inclusive ranges, ascending, apart by at least one. */
export type SequenceRange = readonly [first: number, last: number];

/** Index of the range that holds `sequence`, or of the first range after it. */
function place(ranges: readonly SequenceRange[], sequence: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle] as SequenceRange)[1] < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function holds(ranges: readonly SequenceRange[], sequence: number): boolean {
  const range = ranges[place(ranges, sequence)];
  return range !== undefined && range[0] <= sequence;
}

/** Adds one number in place and joins neighbours. Returns the range that now holds it and the start of one it swallowed. */
export function add(
  ranges: SequenceRange[],
  sequence: number,
): { range: SequenceRange; swallowed: number | undefined } {
  const i = place(ranges, sequence);
  const next = ranges[i];
  if (next !== undefined && next[0] <= sequence) return { range: next, swallowed: undefined };
  const previous = ranges[i - 1];
  const joinsPrevious = previous !== undefined && previous[1] === sequence - 1;
  const joinsNext = next !== undefined && next[0] === sequence + 1;
  const range: SequenceRange = [joinsPrevious ? previous[0] : sequence, joinsNext ? next[1] : sequence];
  ranges.splice(joinsPrevious ? i - 1 : i, Number(joinsPrevious) + Number(joinsNext), range);
  return { range, swallowed: joinsNext ? next[0] : undefined };
}

/**
 * What a receipt names when there are more ranges than it holds: those that hold what was just delivered, so that an
 * edge gets an answer for whatever it sends, and then the oldest.
 */
export function forReceipt(ranges: readonly SequenceRange[], touched: Iterable<number>, most: number): SequenceRange[] {
  if (ranges.length <= most) return [...ranges];
  const chosen = new Set<number>();
  for (const sequence of touched) {
    const i = place(ranges, sequence);
    if (chosen.size < most && i < ranges.length) chosen.add(i);
  }
  for (let i = 0; i < ranges.length && chosen.size < most; i++) chosen.add(i);
  return [...chosen].sort((a, b) => a - b).map((i) => ranges[i] as SequenceRange);
}
