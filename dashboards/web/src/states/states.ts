/** The states in the order in which people look for them: what makes parts, what costs time, what is planned. */
import type { State } from "../api/types.ts";

export const STATES = [
  "producing",
  "breakdown",
  "minorStop",
  "starved",
  "blocked",
  "idle",
  "setup",
  "plannedStop",
  "unscheduled",
  "unknown",
] as const satisfies readonly State[];

/** Strong only for what wants a person: ISA-101 keeps the normal muted. */
export const ALARMING: ReadonlySet<State> = new Set<State>(["breakdown", "minorStop", "starved", "blocked", "unknown"]);

/** One sign per state on a grid of 24, so that colour is never the only difference. */
export const SIGNS: Readonly<Record<State, string>> = {
  producing: "M7 4l13 8-13 8z",
  breakdown: "M12 2l11 20H1zM11 9v6h2V9zM11 17v2.2h2V17z",
  minorStop: "M6 4h4v16H6zM14 4h4v16h-4z",
  starved: "M4 3h16v3l-6 6 6 6v3H4v-3l6-6-6-6zM8 6l4 4 4-4z",
  blocked: "M3 10h11V5l7 7-7 7v-5H3zM21 3h2v18h-2z",
  idle: "M5 5h14v14H5zM8 8v8h8V8z",
  setup: "M20.5 7.5a5 5 0 0 1-6.8 4.7L7 19a2.1 2.1 0 0 1-3-3l6.8-6.7a5 5 0 0 1 6.2-6.6l-3 3 .6 2.8 2.8.6z",
  plannedStop: "M4 4h4V2h2v2h4V2h2v2h4v17H4zM6 9v10h12V9z",
  unscheduled: "M14 3a9 9 0 1 0 7 13A8 8 0 0 1 14 3z",
  unknown:
    "M8 8.5A4 4 0 1 1 13.5 12c-1 .6-1.2 1-1.2 2.5h-2.6c0-2.5.7-3.6 2.2-4.5a1.5 1.5 0 1 0-1.3-1.5zM9.7 17h2.8v2.8H9.7z",
};
