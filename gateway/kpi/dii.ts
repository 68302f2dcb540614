/** Digital Intensity Index: what a score of 0 … 12 is called (Eurostat, isoc_e_dii). */

export type DiiLevel = "very low" | "low" | "high" | "very high";

/** @param score items answered with yes; within one version of the index, as its items change with the year */
export function diiLevel(score: number): DiiLevel {
  if (score < 4) return "very low";
  if (score < 7) return "low";
  return score < 10 ? "high" : "very high";
}
