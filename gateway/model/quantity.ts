/** Quantities as people write them in a configuration: a number, a space if they like, and a unit. */
import { z } from "zod";
import { millis, watts, type Millis, type Watts } from "./units.ts";

const NUMBER_AND_UNIT = /^\s*([+-]?\d+(?:[.,]\d+)?)\s*([^\s\d].*?)\s*$/;

/** Splits "12 s" or "0,5 kW" and gives the number in the base unit of `factors`; `undefined` when it does not fit. */
export function parseQuantity(text: string, factors: Readonly<Record<string, number>>): number | undefined {
  const [, number, unit] = NUMBER_AND_UNIT.exec(text) ?? [];
  const factor = unit === undefined ? undefined : factors[unit];
  return number === undefined || factor === undefined ? undefined : Number(number.replace(",", ".")) * factor;
}

interface Limits {
  /** In the base unit, like `most`. */
  readonly least?: number;
  readonly most?: number;
  /** How the message says them. */
  readonly limits?: string;
}

function quantity<Result>(
  name: string,
  example: string,
  factors: Readonly<Record<string, number>>,
  finish: (base: number) => Result,
  { least = -Infinity, most = Infinity, limits = "" }: Limits = {},
) {
  const units = Object.keys(factors).join(", ");
  return z
    .string({ error: (issue) => `expected ${name} with its unit, such as "${example}"; found ${shown(issue.input)}` })
    .transform((text, context) => {
      const base = parseQuantity(text, factors);
      if (base !== undefined && base >= least && base <= most) return finish(base);
      const expected = base === undefined ? `such as "${example}" (units: ${units})` : limits;
      context.addIssue({ code: "custom", message: `expected ${name} ${expected}; found "${text}"` });
      return z.NEVER;
    })
    .meta({ description: `${name}, for example "${example}"`, examples: [example] });
}

/** The value as it stands in a message: quoted when text, short whatever it is. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
export const DURATION_FACTORS = { ms: 1, s: SECOND, sec: SECOND, min: MINUTE, h: HOUR, d: DAY, w: 7 * DAY } as const;
const WATT_FACTORS = { W: 1, kW: 1e3, MW: 1e6 } as const;

const wholeMillis = (base: number): Millis => millis(Math.round(base));
/** A length of time: "250 ms", "12 s", "5 min", "8 h", "400 d". May be zero. */
export const Duration = quantity<Millis>("a duration", "12 s", DURATION_FACTORS, wholeMillis, {
  least: 0,
  limits: "of zero or more",
});
/** A length of time that something waits for again and again, or that something is divided by. */
export const Interval = quantity<Millis>("a duration", "12 s", DURATION_FACTORS, wholeMillis, {
  least: 1,
  // A timer of Node holds 2^31 ms, and fires at once when asked for more.
  most: 24 * DAY,
  limits: "from 1 ms to 24 d",
});
/** Active power: "300 W", "55 kW". */
export const Power = quantity<Watts>("a power", "55 kW", WATT_FACTORS, watts, { least: 0, limits: "of zero or more" });
/** A price per kilowatt-hour: "0.24 EUR/kWh". Result: currency units per kWh. */
export const EnergyPrice = quantity<number>(
  "an energy price",
  "0.24 EUR/kWh",
  { "EUR/kWh": 1, "€/kWh": 1, "ct/kWh": 0.01 },
  (base) => base,
);
/** Emission per energy: "268 g/kWh". Result: g CO2 per kWh. */
export const Emission = quantity<number>(
  "an emission factor",
  "268 g/kWh",
  { "g/kWh": 1, "kg/kWh": 1000 },
  (base) => base,
  { least: 0, limits: "of zero or more" },
);

const unitFactors = { W: 1, kW: 1e3, MW: 1e6 } as const;
const energyFactors = { Wh: 1, kWh: 1e3, MWh: 1e6 } as const;
/** Watts per unit of a power tag; `undefined` when the unit is no power. */
export const wattsPer = (unit: string): number | undefined => (unitFactors as Record<string, number>)[unit];
/** Watt-hours per unit of an energy tag; `undefined` when the unit is no energy. */
export const wattHoursPer = (unit: string): number | undefined => (energyFactors as Record<string, number>)[unit];

/** A secret stays where it is until it is needed: the configuration only says where. */
export const Secret = z
  .union([
    z.strictObject({ env: z.string().min(1).describe("Name of an environment variable") }),
    z.strictObject({ file: z.string().min(1).describe("Path of a file that holds it and nothing else") }),
    z.string().min(1).describe("The secret itself; readable by whoever reads the configuration"),
  ])
  .meta({ title: "Secret" });
export type Secret = z.infer<typeof Secret>;

/** Names of tags are free text of one line. */
export const TagName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]+$/u, "expected one line of text");

/** What every tag has, whatever its protocol. */
export const tagFields = {
  description: z.string().optional(),
  unit: z.string().max(20).optional().describe("Engineering unit after scaling, such as kW, kWh, °C"),
  scale: z.number().default(1).describe("Multiplies the raw number"),
  offset: z.number().default(0).describe("Added after scaling"),
  maxAge: Interval.default(millis(60_000)).describe("A value older than this is stale, and the machine's time unknown"),
  report: z
    .enum(["change", "always"])
    .default("change")
    .describe("change: equal readings are kept once per half maximum age; always: every reading is kept"),
};
export interface TagFields {
  readonly description?: string | undefined;
  readonly unit?: string | undefined;
  readonly scale: number;
  readonly offset: number;
  readonly maxAge: Millis;
  readonly report: "change" | "always";
}
