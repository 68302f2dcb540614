/** What the fold remembers between two samples: plain JSON, so that a checkpoint is its text. */
import type { Meter } from "./energy.ts";
import { ROLES } from "./machine.ts";
import { isCounter, type CounterRole } from "./parts.ts";
import type { Piece } from "./piece.ts";
import type { Band } from "./powerstates.ts";
import type { DeviceState } from "./tables.ts";

/** JSON knows no infinity; no instant of ours is later than this. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** A value that holds until the next one, or until its age in µs; null: nothing usable. */
export interface Held<Kept> {
  value: Kept | null;
  until: number;
}

export interface CounterState {
  value: number;
  until: number;
  /** In ms: from here on nobody counted; null while the readings are fresh. */
  gapFrom: number | null;
}

export interface FoldState {
  /** In µs: all samples before this moment have been taken. */
  position: number;
  /** In ms: time of the open piece is in its sums up to here. */
  accrued: number;
  /** Closed pieces that wait for a decision or for a reading; then the open one, always last. */
  pieces: Piece[];
  device: Held<DeviceState>;
  mode: Held<DeviceState>;
  starved: Held<boolean>;
  blocked: Held<boolean>;
  reason: Held<string>;
  order: Held<string>;
  product: Held<string>;
  power: Held<number>;
  counters: Partial<Record<CounterRole, CounterState>>;
  meter: Meter | null;
  meterUntil: number;
  /** W·ms that are not a whole mWh yet, where energy comes from power alone. */
  carry: number;
  /** A halt that is a minor stop until it lasts: since and decided at, in ms. */
  stop: { since: number; decideAt: number; accepted: boolean } | null;
  band: Band | null;
  /** A band that must last before it counts, from its beginning. */
  candidate: { band: Band; since: number; decideAt: number } | null;
}

export function emptyState(position: number): FoldState {
  const nothing = <Kept>(): Held<Kept> => ({ value: null, until: NEVER });
  return {
    position,
    accrued: Math.floor(position / 1000),
    pieces: [],
    device: nothing(),
    mode: nothing(),
    starved: nothing(),
    blocked: nothing(),
    reason: nothing(),
    order: nothing(),
    product: nothing(),
    power: nothing(),
    counters: {},
    meter: null,
    meterUntil: NEVER,
    carry: 0,
    stop: null,
    band: null,
    candidate: null,
  };
}

/** The state as text: equal states give equal texts, in whatever order their counters first spoke. */
export function checkpointText(state: FoldState): string {
  const counters = Object.fromEntries(ROLES.filter(isCounter).map((role) => [role, state.counters[role]]));
  return JSON.stringify({ ...state, counters });
}

export const stateOfText = (text: string): FoldState => JSON.parse(text) as FoldState;
