/** What a schema cannot see: that the parts of a plant's configuration fit each other. Pure. */
import { wattHoursPer, wattsPer } from "../model/quantity.ts";
import { shiftFindings } from "./shifts.ts";
import { nearest } from "./nearest.ts";
import { listed } from "./findings.ts";
import type { Finding, Step } from "./problem.ts";
import type { MachineConfig, PlantConfig } from "./schema.ts";

/** Everything in the file that can be referred to, also what is itself wrong. */
export interface Names {
  readonly tags: readonly string[];
  readonly machines: readonly string[];
  readonly lines: readonly string[];
  readonly calendars: readonly string[];
  readonly products: readonly string[];
}

/** Edge names under which the gateway itself sends, and the user name of the site. */
const RESERVED_EDGES = new Set(["site", "import", "history"]);

export function namesIn(data: unknown): Names {
  const connections = groupOf(groupOf(data)["connections"]);
  const keysOf = (key: string): string[] => Object.keys(groupOf(groupOf(data)[key]));
  return {
    tags: Object.entries(connections).flatMap(([connection, value]) =>
      Object.keys(groupOf(groupOf(value)["tags"])).map((tag) => `${connection}/${tag}`),
    ),
    machines: keysOf("machines"),
    lines: keysOf("lines"),
    calendars: keysOf("calendars"),
    products: keysOf("products"),
  };
}

export const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const groupOf = (value: unknown): Record<string, unknown> => (isGroup(value) ? value : {});

export function referenceFindings(plant: PlantConfig, names: Names): Finding[] {
  return [
    ...edgeFindings(plant),
    ...networkFindings(plant),
    ...Object.entries(plant.lines).flatMap(([line, { constraint }]) =>
      constraintFindings(plant, names, line, constraint),
    ),
    ...Object.entries(plant.machines).flatMap(([key, machine]) => machineFindings(plant, names, key, machine)),
    ...Object.entries(plant.products).flatMap(([product, { idealCycleOn }]) =>
      Object.keys(idealCycleOn).flatMap((machine) =>
        known(["products", product, "idealCycleOn", machine], "machine", machine, names.machines, "key"),
      ),
    ),
    ...Object.entries(plant.calendars).flatMap(([calendar, { shifts }]) =>
      shiftFindings(shifts, ["calendars", calendar, "shifts"]),
    ),
    ...meterFindings(plant, names),
    ...datedFindings(plant.energy.tariffs, "tariffs"),
    ...datedFindings(plant.energy.emissions, "emissions"),
  ];
}

function edgeFindings({ edge }: PlantConfig): Finding[] {
  if (!RESERVED_EDGES.has(edge.name)) return [];
  const message = `"${edge.name}" is a name that the gateway uses itself; expected another one, such as "edge1"`;
  return [{ path: ["edge", "name"], message }];
}

function networkFindings({ network: { http, mqtt } }: PlantConfig): Finding[] {
  if (mqtt.broker === "external") {
    if (mqtt.password === undefined || mqtt.username !== undefined) return [];
    const message = '"username" is missing: a password belongs to a user';
    return [{ path: ["network", "mqtt", "username"], message, absence: true }];
  }
  if (mqtt.port === 0 || mqtt.port !== http.port) return [];
  const message = `port ${mqtt.port} is also the port of network.http; expected another one`;
  return [{ path: ["network", "mqtt", "port"], message }];
}

function constraintFindings(plant: PlantConfig, names: Names, line: string, constraint: string | undefined): Finding[] {
  if (constraint === undefined) return [];
  const path = ["lines", line, "constraint"];
  const machine = plant.machines[constraint];
  if (machine === undefined) return known(path, "machine", constraint, names.machines);
  if (machine.line === line) return [];
  return [
    { path, message: `machine "${constraint}" stands on line "${machine.line}"; expected a machine of this line` },
  ];
}

function machineFindings(plant: PlantConfig, names: Names, key: string, machine: MachineConfig): Finding[] {
  const path = ["machines", key];
  const { signals } = machine;
  const findings: Finding[] = [
    ...known([...path, "line"], "line", machine.line, names.lines),
    ...known([...path, "calendar"], "calendar", machine.calendar, names.calendars),
    ...Object.entries(signals).flatMap(([role, signal]) =>
      signal === undefined ? [] : known([...path, "signals", role, "tag"], "tag", signal.tag, names.tags),
    ),
    ...Object.entries(signals.product?.map ?? {}).flatMap(([value, product]) =>
      known([...path, "signals", "product", "map", value], "product", product, names.products),
    ),
    ...unitFindings(plant, [...path, "signals", "power"], signals.power?.tag, "power"),
    ...unitFindings(plant, [...path, "signals", "energyImport"], signals.energyImport?.tag, "energy"),
  ];
  for (const role of ["totalCount", "goodCount", "scrapCount", "reworkCount", "speed"] as const) {
    findings.push(...numericFindings(plant, [...path, "signals", role, "tag"], signals[role]?.tag));
  }
  if (machine.powerBands !== undefined && signals.power === undefined) {
    const message = "powerBands need the machine's power: signals.power is missing";
    findings.push({ path: [...path, "powerBands"], at: "key", message, absence: true });
  } else if (signals.state === undefined && machine.powerBands === undefined) {
    const message = "nothing says whether this machine runs: expected signals.state, or powerBands with signals.power";
    findings.push({ path, at: "key", message, absence: true });
  }
  return findings;
}

function meterFindings(plant: PlantConfig, names: Names): Finding[] {
  const meter = plant.energy.mainMeter;
  return (["power", "energyImport"] as const).flatMap((role) => {
    const tag = meter?.[role];
    if (tag === undefined) return [];
    const path = ["energy", "mainMeter", role];
    const kind = role === "power" ? "power" : "energy";
    return known(path, "tag", tag, names.tags).concat(unitFindings(plant, path, tag, kind));
  });
}

function known(
  path: readonly Step[],
  kind: string,
  name: string,
  names: readonly string[],
  at: "key" | "value" = "value",
): Finding[] {
  if (names.includes(name)) return [];
  const meant = nearest(name, names);
  const advice = meant === undefined ? `known: ${listed(names)}` : `did you mean "${meant}"?`;
  return [{ path, at, message: `there is no ${kind} "${name}"`, advice }];
}

type Tag = PlantConfig["connections"][string]["tags"][string];
interface FoundTag {
  readonly tag: Tag;
  readonly path: readonly Step[];
}

function tagAt(plant: PlantConfig, reference: string): FoundTag | undefined {
  const slash = reference.indexOf("/");
  const connection = reference.slice(0, slash);
  const name = reference.slice(slash + 1);
  const tag = plant.connections[connection]?.tags[name];
  return tag === undefined ? undefined : { tag, path: ["connections", connection, "tags", name] };
}

/** The unit of a tag that a machine uses as power or energy: reported at the tag, where it is mended. */
function unitFindings(
  plant: PlantConfig,
  user: readonly Step[],
  reference: string | undefined,
  kind: "power" | "energy",
): Finding[] {
  const found = reference === undefined ? undefined : tagAt(plant, reference);
  if (found === undefined) return [];
  const { unit } = found.tag;
  const fits = kind === "power" ? wattsPer : wattHoursPer;
  if (unit !== undefined && fits(unit) !== undefined) return [];
  const units = kind === "power" ? "W, kW or MW" : "Wh, kWh or MWh";
  const what = unit === undefined ? '"unit" is missing' : `"${unit}" is no unit of ${kind}`;
  const message = `${what}: ${user.join(".")} uses this tag as ${kind}; expected ${units}`;
  return [{ path: [...found.path, "unit"], message, absence: unit === undefined }];
}

/** Only Modbus says beforehand what a value is; OPC UA servers say it when they are asked. */
function numericFindings(plant: PlantConfig, path: readonly Step[], reference: string | undefined): Finding[] {
  const found = reference === undefined ? undefined : tagAt(plant, reference);
  if (found === undefined || !("type" in found.tag)) return [];
  if (found.tag.type !== "bool" && found.tag.bit === undefined) return [];
  return [{ path, message: `expected a tag that holds a number; "${reference}" is true or false` }];
}

function datedFindings(entries: readonly { readonly from: string }[] | undefined, key: string): Finding[] {
  return (entries ?? []).flatMap(({ from }, i, all) => {
    const previous = all[i - 1];
    if (previous === undefined || previous.from < from) return [];
    const message = `"${from}" is not after "${previous.from}" of the entry before it; expected the oldest first`;
    return [{ path: ["energy", key, i, "from"], message }];
  });
}
