/** Every reply of the HTTP API as a schema: validation, OpenAPI, and the types of the pages come from here. */
import { z } from "zod";
import { LEDGER_STATES } from "../../model/states.ts";
import { meaning } from "../../model/told.ts";

/** RFC 3339 in UTC. */
const Instant = z.iso.datetime({ offset: true });
const State = z.enum(LEDGER_STATES);
const Ratio = z
  .number()
  .nullable()
  .describe("0 … 1 (may exceed 1: then the ideal cycle is wrong); null: not computable");
const Quality = z.enum(["good", "uncertain", "bad"]);
const Value = z.union([z.number(), z.string(), z.boolean(), z.null()]);
const RangeReply = z.object({ from: Instant, to: Instant });

export const Sums = z
  .object({
    ms: z.record(State, z.int()).describe("Milliseconds per category; together exactly the calendar time of the range"),
    calendarMs: z.int(),
    plannedBusyMs: z.int(),
    observedMs: z.int().describe("Planned busy time that was observed"),
    total: z.int(),
    good: z.int(),
    scrap: z.int(),
    rework: z.int(),
    idealTotalMs: z.number().describe("Σ ideal cycle × parts"),
    idealGoodMs: z.number().describe("Σ ideal cycle × good parts"),
    unplannedGood: z.int().describe("Good parts made outside planned busy time; in no KPI"),
    unknownGood: z.int().default(0).describe("Good parts that a counter gave for unknown time; in no KPI"),
    countedTotal: z.int().default(0).describe("Parts made in observed planned busy time"),
    countedGood: z.int().default(0).describe("Of these, good"),
    countedScrap: z.int().default(0).describe("Of these, scrap"),
    withoutIdeal: z.int().default(0).describe("Of these, without a known ideal cycle"),
    breakdowns: z.int().default(0).describe("Breakdowns seen in planned busy time"),
    energyWh: z.number(),
    energyMs: z.int().describe("Time in which energy was measured"),
    inferredMs: z.int().describe("Time whose state was inferred from power"),
  })
  .meta({ id: "Sums" });

export const Kpi = z
  .object({
    definition: z.string().describe("Name and version of the definitions"),
    availability: Ratio,
    performance: Ratio,
    quality: Ratio,
    oee: Ratio,
    teep: Ratio,
    oeeLow: Ratio.describe("All unknown time as loss"),
    oeeHigh: Ratio.describe("All unknown time as productive as the rest"),
    coverage: Ratio.describe("Observed ÷ planned busy time"),
    provisional: z.boolean().describe("Coverage is below the plant's limit"),
    flags: z.array(
      z.enum(["performanceOver100", "noIdealCycle", "someWithoutIdeal", "noPlannedTime", "inferredStates"]),
    ),
    mtbfMs: z.number().nullable(),
    mttrMs: z.number().nullable(),
    scrapRatio: Ratio,
    energyPerGoodWh: z.number().nullable(),
  })
  .meta({ id: "Kpi" });

export const PlantReply = z.object({
  enterprise: z.string(),
  site: z.string(),
  timeZone: z.string(),
  language: z.enum(["nl", "en"]),
  demo: z.boolean(),
  clock: z.object({ now: Instant, speed: z.number() }),
  contractedPowerW: z.number().nullable(),
  lines: z.array(z.object({ id: z.string(), name: z.string(), constraint: z.string().nullable() })),
  machines: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      line: z.string(),
      hasParts: z.boolean(),
      hasEnergy: z.boolean(),
      inferred: z.boolean().describe("States come from power"),
      signals: z.array(z.object({ role: z.string(), tag: z.string(), unit: z.string().nullable() })),
    }),
  ),
  tags: z.array(
    z.object({ id: z.string(), unit: z.string().nullable(), description: z.string().nullable(), numeric: z.boolean() }),
  ),
});

export const ShiftReply = z.object({
  id: z.string().describe("<day>/<name>"),
  day: z.iso.date(),
  name: z.string(),
  from: Instant,
  to: Instant,
});

export const MachineTile = z
  .object({
    machine: z.string(),
    state: State,
    since: Instant.nullable(),
    reason: z.string().nullable(),
    inferred: z.boolean(),
    product: z.string().nullable(),
    order: z.string().nullable(),
    shift: ShiftReply.nullable().describe(
      "The running shift; null outside shifts: the figures are then of the last shift",
    ),
    figuresOf: ShiftReply.nullable().describe("The shift that sums and kpi belong to"),
    sums: Sums,
    kpi: Kpi,
    expectedGood: z
      .number()
      .nullable()
      .describe("Good parts to expect by now at 100 % OEE of the planned busy time so far"),
    powerW: z.number().nullable(),
    powerAt: Instant.nullable(),
    partsPerHour: z.number().nullable().describe("Good parts in the last 15 minutes × 4"),
    recomputing: z.boolean().describe("Late data are being folded in"),
  })
  .meta({ id: "MachineTile" });

export const OverviewReply = z.object({
  now: Instant,
  machines: z.array(MachineTile),
  lines: z.array(
    z.object({
      line: z.string(),
      constraint: z.string().nullable(),
      kpi: Kpi.nullable(),
      good: z.int(),
      powerW: z.number().nullable(),
    }),
  ),
  mainPowerW: z.number().nullable(),
});

export const SliceReply = z
  .object({
    from: Instant,
    to: Instant,
    state: State.describe("Category: the calendar goes before the machine"),
    machineState: State.describe("What the machine did, whatever the calendar says"),
    shift: z.string().nullable(),
    reason: z.string().nullable(),
    order: z.string().nullable(),
    product: z.string().nullable(),
    inferred: z.boolean(),
    good: z.int(),
    scrap: z.int(),
    energyWh: z.number(),
  })
  .meta({ id: "Slice" });

export const IncidentReply = z
  .object({
    kind: z.string(),
    tag: z.string().nullable(),
    connection: z.string().nullable(),
    from: Instant,
    to: Instant,
    count: z.int().nullable(),
    reason: z.string(),
    ...meaning,
  })
  .meta({ id: "Incident" });

export const TimelineReply = z.object({
  range: RangeReply,
  slices: z.array(SliceReply).describe("Neighbours that differ in nothing shown are joined"),
  shifts: z.array(ShiftReply),
  incidents: z.array(IncidentReply),
});

export const LedgerReply = z.object({
  machine: z.string(),
  range: RangeReply.describe("The asked range, widened to whole quarters of an hour; sums end at the present"),
  sums: Sums,
  kpi: Kpi,
  products: z.array(
    z.object({
      product: z.string().nullable(),
      total: z.int(),
      good: z.int(),
      scrap: z.int(),
      idealGoodMs: z.number(),
      energyWh: z.number(),
    }),
  ),
  shifts: z.array(z.object({ shift: ShiftReply, sums: Sums, kpi: Kpi })),
});

export const StopsReply = z.object({
  range: RangeReply,
  stops: z
    .array(
      z.object({
        state: State,
        reason: z.string().nullable(),
        count: z.int(),
        ms: z.int(),
        longestMs: z.int(),
        energyWh: z.number(),
        cost: z.number().nullable(),
      }),
    )
    .describe("Pareto: most time first"),
});

export const SeriesReply = z.object({
  tag: z.string(),
  unit: z.string().nullable(),
  range: RangeReply,
  time: z.array(z.number()).describe("Seconds since 1970"),
  min: z.array(z.number()),
  max: z.array(z.number()),
  mean: z.array(z.number()),
});

export const EnergyReply = z.object({
  range: RangeReply,
  contractedPowerW: z.number().nullable(),
  currency: z.literal("EUR"),
  quarters: z
    .array(
      z.object({ from: Instant, mainW: z.number().nullable(), machinesW: z.record(z.string(), z.number().nullable()) }),
    )
    .describe("Mean power per clock quarter; null: not measured"),
  peak: z
    .object({
      from: Instant,
      powerW: z.number(),
      headroomW: z.number().nullable(),
      shares: z.record(z.string(), z.number().nullable()),
    })
    .nullable()
    .describe("The highest quarter of those that are over; null: none was measured"),
  baseLoadW: z.number().nullable(),
  totalWh: z.number(),
  cost: z.number().nullable(),
  co2Kg: z.number().nullable(),
  tariffSource: z.string().nullable(),
  emissionSource: z.string().nullable(),
  machines: z.array(
    z.object({
      machine: z.string(),
      totalWh: z.number(),
      coverage: z.number().describe("Share of the range in which its energy was measured"),
      idle: z.array(
        z.object({
          state: State,
          ms: z.int(),
          energyWh: z.number(),
          cost: z.number().nullable(),
          co2Kg: z.number().nullable(),
        }),
      ),
      idleWh: z.number(),
      idleCost: z.number().nullable(),
      products: z.array(
        z.object({
          product: z.string().nullable(),
          good: z.int(),
          energyWh: z.number(),
          perGoodWh: z.number().nullable(),
        }),
      ),
    }),
  ),
  remainderWh: z.number().nullable().describe("Main meter minus machines; negative means a wiring or scaling fault"),
});

export const HealthReply = z.object({
  now: Instant,
  status: z.enum(["ok", "warning", "fault"]),
  edges: z.array(
    z.object({
      edge: z.string(),
      online: z.boolean(),
      seen: Instant.nullable(),
      clockOffsetMs: z.number().nullable(),
      outbox: z
        .object({ batches: z.int(), bytes: z.int(), oldest: Instant.nullable(), accepted: z.int(), sequence: z.int() })
        .nullable(),
      receipt: z.object({ storedTo: z.int(), holes: z.int() }).nullable(),
      process: z.object({ rssBytes: z.int(), loopLagMs: z.number() }).nullable(),
      connections: z.array(
        z.object({
          name: z.string(),
          protocol: z.string(),
          state: z.enum(["starting", "connected", "faulty", "stopped"]),
          reason: z.string().nullable(),
          advice: z.string().nullable(),
          ...meaning,
          since: Instant.nullable(),
          restarts: z.int(),
        }),
      ),
    }),
  ),
  tags: z.array(
    z.object({
      id: z.string(),
      connection: z.string(),
      value: Value,
      unit: z.string().nullable(),
      quality: Quality.nullable(),
      time: Instant.nullable(),
      ageMs: z.int().nullable(),
      maxAgeMs: z.int(),
      stale: z.boolean(),
      perMinute: z.number().describe("Samples stored in the last minute"),
      error: z.string().nullable(),
      advice: z.string().nullable(),
      ...meaning,
    }),
  ),
  historian: z.object({
    kind: z.string(),
    reachable: z.boolean(),
    samples: z.int(),
    bytes: z.int().nullable(),
    rejected: z.int(),
    error: z.string().nullable(),
  }),
  ingest: z.object({ samplesPerSecond: z.number(), stored: z.int(), duplicates: z.int(), deadLetters: z.int() }),
  ledger: z.object({ recomputing: z.array(z.string()) }),
  process: z.object({ rssBytes: z.int(), loopLagMs: z.number(), uptimeSeconds: z.number() }),
  incidents: z.array(IncidentReply).describe("The newest fifty"),
});

export const DeadLettersReply = z.object({
  deadLetters: z
    .array(
      z.object({
        time: Instant.describe("When it was set aside"),
        edge: z.string(),
        reason: z.string(),
        tag: z.string().nullable(),
        sampleTime: Instant.nullable(),
        sample: z.string().nullable().describe("Value and quality as JSON; null: the whole message could not be read"),
        payloadBytes: z.int().nullable().describe("Size of the message that could not be read, while it is kept"),
      }),
    )
    .describe("Newest first"),
});

/** RFC 9457. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem" });

/** Server-sent events: name → data. */
export const events = {
  live: z.object({
    now: Instant,
    values: z.record(z.string(), z.object({ value: Value, time: Instant, quality: Quality })),
  }),
  overview: OverviewReply,
  health: z.object({ status: z.enum(["ok", "warning", "fault"]) }),
} as const;
