/** How high a power axis goes, and what a quarter shows where there is no main meter. */
import type { Energy } from "../api/types.ts";

/** Just above the highest value: 1, 2, 4, 5, 8 times a power of ten, which quarter evenly. */
export function niceTop(highest: number): number {
  const wanted = Math.max(1, highest * 1.08);
  const decade = 10 ** Math.floor(Math.log10(wanted));
  return ([1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((step) => step * decade >= wanted) ?? 10) * decade;
}

/** The main meter; without one, the sum of the machines where all of them were measured. */
export function powerOf({ mainW, machinesW }: Energy["quarters"][number]): number | null {
  if (mainW !== null) return mainW;
  let sum = 0;
  const all = Object.values(machinesW);
  for (const watts of all) {
    if (watts === null) return null;
    sum += watts;
  }
  return all.length === 0 ? null : sum;
}
