/** What each machine of the demo factory is like: how it stops, how fast it runs, what it draws. Data, no behaviour. */

/** What a machine is doing. Each device says it in its own words: see `devices.ts`. */
export const ACTIVITIES = [
  "run",
  "warmUp",
  "setup",
  "maintenance",
  "breakdown",
  "minorStop",
  "starved",
  "blocked",
  "idle",
  "off",
] as const;
export type Activity = (typeof ACTIVITIES)[number];

export interface StopHabit {
  readonly activity: "breakdown" | "minorStop" | "starved" | "blocked" | "idle";
  /** Relative to the other stops of this machine. */
  readonly weight: number;
  /** Shortest and longest, in seconds. */
  readonly seconds: readonly [number, number];
  /** Codes of the device, of which one is given; none when the device does not say why. */
  readonly codes: readonly number[];
}

export interface Profile {
  /** Key under `machines:`; the utilities are no machine, only load. */
  readonly id: string;
  /** Mean time of running between two stops, in seconds. */
  readonly runSeconds: number;
  readonly stops: readonly StopHabit[];
  /** Parts of an order, shortest and longest run; absent: nothing is counted. */
  readonly orderParts?: readonly [number, number];
  readonly setupSeconds: readonly [number, number];
  readonly setupCode: number;
  readonly maintenanceCode: number;
  /** Share of scrap in a settled run, and in the first parts after a set-up or start. */
  readonly scrap: readonly [number, number];
  /** Watts. A broken, stopped or waiting machine draws what it draws idle. */
  readonly watts: { readonly run: number; readonly idle: number; readonly off: number; readonly start: number };
}

/** Codes that every device of the demo uses for the same thing; the texts stand in the plant's configuration. */
export const CODES = { none: 0, warmUp: 90 } as const;

const MINUTE = 60;
/** Stops of the demo keep clear of the five minutes that part minor stops from breakdowns. */
const MINOR = [15, 270] as const;

export const PROFILES: readonly Profile[] = [
  {
    id: "saw",
    runSeconds: 9 * MINUTE,
    stops: [{ activity: "idle", weight: 1, seconds: [30, 240], codes: [] }],
    setupSeconds: [0, 0],
    setupCode: 0,
    maintenanceCode: 0,
    scrap: [0, 0],
    watts: { run: 5_200, idle: 900, off: 60, start: 1_400 },
  },
  {
    id: "press",
    runSeconds: 14 * MINUTE,
    stops: [
      { activity: "minorStop", weight: 60, seconds: MINOR, codes: [11, 12, 13] },
      { activity: "starved", weight: 18, seconds: [40, 600], codes: [21] },
      { activity: "blocked", weight: 8, seconds: [40, 420], codes: [22] },
      { activity: "breakdown", weight: 6, seconds: [8 * MINUTE, 55 * MINUTE], codes: [31, 32] },
      { activity: "idle", weight: 8, seconds: [60, 480], codes: [] },
    ],
    orderParts: [1_800, 4_200],
    setupSeconds: [14 * MINUTE, 35 * MINUTE],
    setupCode: 41,
    maintenanceCode: 42,
    scrap: [0.012, 0.09],
    watts: { run: 17_500, idle: 4_200, off: 350, start: 26_000 },
  },
  {
    id: "mill",
    runSeconds: 35 * MINUTE,
    stops: [
      { activity: "minorStop", weight: 50, seconds: MINOR, codes: [] },
      { activity: "breakdown", weight: 8, seconds: [10 * MINUTE, 90 * MINUTE], codes: [] },
      { activity: "idle", weight: 42, seconds: [90, 720], codes: [] },
    ],
    orderParts: [60, 220],
    setupSeconds: [18 * MINUTE, 50 * MINUTE],
    setupCode: 0,
    maintenanceCode: 0,
    scrap: [0.015, 0.12],
    watts: { run: 11_800, idle: 2_900, off: 240, start: 15_000 },
  },
  {
    id: "packer",
    runSeconds: 11 * MINUTE,
    stops: [
      { activity: "minorStop", weight: 55, seconds: MINOR, codes: [101, 102, 103, 104] },
      { activity: "starved", weight: 22, seconds: [30, 540], codes: [201] },
      { activity: "blocked", weight: 12, seconds: [30, 360], codes: [202] },
      { activity: "breakdown", weight: 5, seconds: [7 * MINUTE, 48 * MINUTE], codes: [301, 302, 303] },
      { activity: "idle", weight: 6, seconds: [60, 420], codes: [] },
    ],
    orderParts: [1_500, 3_600],
    setupSeconds: [8 * MINUTE, 22 * MINUTE],
    setupCode: 401,
    maintenanceCode: 402,
    scrap: [0.008, 0.06],
    watts: { run: 6_400, idle: 1_700, off: 180, start: 9_000 },
  },
];

/** Compressor, lighting and heating: what the main meter counts and no machine does. Off still leaks air. */
export const UTILITIES: Profile = {
  id: "utilities",
  runSeconds: Infinity,
  stops: [],
  setupSeconds: [0, 0],
  setupCode: 0,
  maintenanceCode: 0,
  scrap: [0, 0],
  watts: { run: 9_400, idle: 7_100, off: 2_600, start: 21_000 },
};
