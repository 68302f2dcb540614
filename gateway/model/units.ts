/** Numbers that carry their unit in the type, so that a millisecond is never added to a watt-hour. */
declare const unit: unique symbol;
type Branded<Base, Unit extends string> = Base & { readonly [unit]: Unit };

/** Integer microseconds since 1970-01-01T00:00:00Z; exact in a Number until 2255. */
export type Micros = Branded<number, "µs">;
/** A length of time in integer milliseconds. */
export type Millis = Branded<number, "ms">;
/** Energy in integer milliwatt-hours: fine enough that a slice of one second of 10 W is not zero. */
export type MilliwattHours = Branded<number, "mWh">;
/** Active power in watts. */
export type Watts = Branded<number, "W">;
/** `<connection>/<tag name>`, unique in the plant. */
export type TagId = Branded<string, "TagId">;
/** Key of a machine under `machines:` in the configuration. */
export type MachineId = Branded<string, "MachineId">;

export const micros = (value: number): Micros => value as Micros;
export const millis = (value: number): Millis => value as Millis;
export const milliwattHours = (value: number): MilliwattHours => value as MilliwattHours;
export const watts = (value: number): Watts => value as Watts;
export const tagId = (connection: string, name: string): TagId => `${connection}/${name}` as TagId;
export const machineId = (value: string): MachineId => value as MachineId;

export const MICROS_PER_MILLI = 1000;
export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_HOUR = 3_600_000_000;
/** A clock quarter: the grid's measure of demand. All time zones of today are whole quarters away from UTC. */
export const QUARTER_MS = 900_000;
export const QUARTER_MICROS = QUARTER_MS * MICROS_PER_MILLI;
