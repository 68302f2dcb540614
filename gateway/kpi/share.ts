/** Divides an integer over weights so that the shares are integers and add up exactly. */

export function shareOut(
  amount: number,
  weights: readonly number[],
  give: (index: number, share: number) => void,
): void {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let passed = 0;
  let given = 0;
  for (const [i, weight] of weights.entries()) {
    passed += weight;
    const upTo = i === weights.length - 1 ? amount : Math.floor((amount * passed) / whole);
    give(i, upTo - given);
    given = upTo;
  }
}
