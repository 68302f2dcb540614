/**
 * The one configuration. This declaration gives validation, defaults, the JSON Schema for editors and the documentation;
 * what refers to something else in the file (tags, shifts, products) is checked in `references.ts`.
 */
import { z } from "zod";
// From the options alone: whoever reads a configuration must not load the drivers.
import { ModbusConnection } from "../../adapters/modbus/options.ts";
import { OpcuaConnection } from "../../adapters/opcua/options.ts";
import { Duration, Emission, EnergyPrice, Interval, Power, Secret } from "../model/quantity.ts";
import { LEDGER_STATES } from "../model/states.ts";
import { millis } from "../model/units.ts";

/** Keys become parts of topics, tag ids and addresses. */
const Key = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, "expected a short name: a letter, then letters, digits, - or _ (at most 63)");
const TagRef = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]*\/.+/, 'expected "<connection>/<tag>", such as "press/state"')
  .describe("<connection>/<tag>");
const LocalTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time such as "06:00"');
const LocalDate = z.iso.date({ error: 'expected a date such as "2026-11-24"' });
const Weekday = z.enum(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);

export const Site = z.strictObject({
  enterprise: z.string().min(1).max(100).default("enterprise"),
  name: z.string().min(1).max(100),
  area: z.string().min(1).max(100).default("area"),
  timeZone: z
    .string()
    .default("Europe/Amsterdam")
    .refine(isTimeZone, {
      error: (issue) => `expected an IANA time zone such as "Europe/Amsterdam"; found "${String(issue.input)}"`,
    }),
  language: z.enum(["nl", "en"]).default("nl"),
  demo: z.boolean().default(false).describe("The data come from the simulator: every page says so"),
});

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

export const Network = z.strictObject({
  http: z
    .strictObject({
      host: z
        .string()
        .default("127.0.0.1")
        .describe("0.0.0.0 lets the whole network in: the token then travels unencrypted"),
      port: z.int().min(0).max(65_535).default(8420),
    })
    .prefault({}),
  mqtt: z
    .union([
      z.strictObject({
        broker: z.literal("embedded").default("embedded"),
        host: z.string().default("127.0.0.1"),
        port: z.int().min(0).max(65_535).default(1884),
      }),
      z.strictObject({
        broker: z.literal("external"),
        url: z.string().regex(/^mqtts?:\/\/\S+$/, 'expected an address such as "mqtt://192.168.1.5:1883"'),
        username: z.string().optional(),
        password: Secret.optional(),
      }),
    ])
    .prefault({}),
});

export const Storage = z.strictObject({
  folder: z
    .string()
    .default("data")
    .describe("Where everything that must survive is kept; relative to the working folder"),
  historian: z
    .union([
      z.strictObject({ kind: z.literal("embedded").default("embedded") }),
      z.strictObject({
        kind: z.literal("influxdb"),
        url: z.string().regex(/^https?:\/\/\S+$/, 'expected an address such as "http://127.0.0.1:8086"'),
        database: z.string().default("fieldlab").describe("Database of 1.x; bucket of 2.x and 3"),
        username: z.string().optional(),
        password: Secret.optional().describe("Password of 1.x; token of 2.x and 3"),
      }),
    ])
    .prefault({}),
  retention: z
    .strictObject({
      raw: Duration.refine((time) => time >= 86_400_000, { error: "expected at least 1 d: the ledger reads back" })
        .default(millis(400 * 86_400_000))
        .describe("Samples; roll-ups and the ledger stay"),
    })
    .prefault({}),
  outbox: z.strictObject({ maxBytes: z.int().min(1_000_000).default(2_000_000_000) }).prefault({}),
});

const counter = z.strictObject({
  tag: TagRef,
  width: z
    .union([z.literal(16), z.literal(32), z.literal(64)])
    .default(32)
    .describe("Bits of the device's counter: says where it wraps"),
});
const plain = z.strictObject({ tag: TagRef });
const State = z.enum(LEDGER_STATES).exclude(["unscheduled"]);
export const STATE_TABLES = [
  "packml",
  "packmlMode",
  "machineryItemState",
  "machineryOperationMode",
  "machineToolProgram",
] as const;
const mapped = z.strictObject({
  tag: TagRef,
  table: z.enum(STATE_TABLES).optional().describe("A built-in table from a companion specification"),
  map: z.record(z.string(), State).optional().describe("Value of the device → state; goes before the table"),
});

export const Signals = z.strictObject({
  state: mapped.optional(),
  mode: mapped.optional().describe("Says setup or plannedStop whatever the state is; other values are ignored"),
  starved: plain.optional().describe("true while the machine waits for material"),
  blocked: plain.optional().describe("true while the machine cannot get rid of its parts"),
  stopReason: z
    .strictObject({ tag: TagRef, map: z.record(z.string(), z.string()).optional().describe("Code → text") })
    .optional(),
  totalCount: counter.optional(),
  goodCount: counter.optional(),
  scrapCount: counter.optional(),
  reworkCount: counter.optional(),
  speed: plain.optional(),
  order: plain.optional(),
  product: z
    .strictObject({ tag: TagRef, map: z.record(z.string(), Key).optional().describe("Value → product key") })
    .optional(),
  power: plain.optional().describe("Active power; the tag's unit is W, kW or MW"),
  energyImport: plain.optional().describe("Energy counter; the tag's unit is Wh, kWh or MWh"),
});

export const MachineConfig = z.strictObject({
  name: z.string().min(1).max(100),
  line: Key.describe("Key of its line under lines:"),
  calendar: Key.describe("Key of its shifts under calendars:"),
  signals: Signals,
  idealCycle: Interval.optional().describe("Ideal time per part where the product says nothing"),
  minorStopBelow: Duration.default(millis(300_000)).describe(
    "A stop shorter than this is a minor stop, from here on a breakdown",
  ),
  plannedStopIsLoss: z
    .boolean()
    .default(false)
    .describe("Count planned stops inside a shift as a loss of availability"),
  powerBands: z
    .strictObject({
      standby: Power.describe("Below this the machine is off"),
      run: Power.describe("Above this the machine produces"),
      hysteresis: z.number().min(0).max(50).default(10).describe("Per cent around each border"),
      minimumDuration: Duration.default(millis(10_000)),
    })
    .refine((bands) => bands.standby < bands.run, { error: "standby must be below run" })
    .optional()
    .describe("States inferred from power, for a machine without a state signal"),
});

const Shift = z.strictObject({
  name: z.string().min(1).max(60),
  days: z.array(Weekday).min(1).describe("Days on which it starts"),
  from: LocalTime,
  to: LocalTime.describe("Earlier than from: it ends on the next day"),
  breaks: z.array(z.strictObject({ from: LocalTime, to: LocalTime })).default([]),
});

const dated = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .array(z.strictObject({ from: LocalDate.describe("Valid from this day on"), source: z.string().min(1), ...shape }))
    .min(1);

export const PlantConfig = z
  .strictObject({
    version: z.literal(1),
    site: Site,
    edge: z.strictObject({ name: Key.default("edge1") }).prefault({}),
    network: Network.prefault({}),
    storage: Storage.prefault({}),
    connections: z.record(Key, z.discriminatedUnion("protocol", [OpcuaConnection, ModbusConnection])),
    calendars: z.record(
      Key,
      z.strictObject({
        shifts: z.array(Shift).min(1),
        holidays: z.array(LocalDate).default([]).describe("Days on which no shift starts"),
      }),
    ),
    products: z
      .record(
        Key,
        z.strictObject({
          name: z.string().min(1).max(100),
          idealCycle: Interval.optional(),
          idealCycleOn: z.record(Key, Interval).default({}).describe("Per machine, where it differs"),
        }),
      )
      .default({}),
    lines: z.record(
      Key,
      z.strictObject({
        name: z.string().min(1).max(100),
        constraint: Key.optional().describe(
          "Machine that sets the line's pace; absent: the one with the least ideal output",
        ),
      }),
    ),
    machines: z.record(Key, MachineConfig),
    energy: z
      .strictObject({
        mainMeter: z.strictObject({ power: TagRef.optional(), energyImport: TagRef }).optional(),
        contractedPower: Power.optional().describe("What the grid contract allows in a quarter of an hour"),
        tariffs: dated({ price: EnergyPrice }).optional(),
        emissions: dated({ factor: Emission }).optional(),
      })
      .prefault({}),
    kpi: z
      .strictObject({
        provisionalBelow: z.number().min(0).max(1).default(0.9).describe("Coverage below which a KPI is provisional"),
      })
      .prefault({}),
  })
  .meta({ title: "fieldlab-gateway plant" });

export type PlantConfig = z.output<typeof PlantConfig>;
export type MachineConfig = z.output<typeof MachineConfig>;
