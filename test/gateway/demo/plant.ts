/** The demo plant as tests use it: the file that ships, on ports that are free here. */
import { loadPlant } from "../../../gateway/config/load.ts";
import type { PlantConfig } from "../../../gateway/config/schema.ts";
import { micros } from "../../../gateway/model/units.ts";
import { freePort } from "../../servers/ports.ts";

export function demoPlant(): PlantConfig {
  const loaded = loadPlant("config/demo.yaml");
  if ("problems" in loaded)
    throw new Error(loaded.problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return loaded.plant;
}

export async function onFreePorts(plant: PlantConfig): Promise<PlantConfig> {
  const connections = { ...plant.connections };
  for (const [name, connection] of Object.entries(connections)) {
    const port = await freePort();
    if (connection.protocol === "opcua") connections[name] = { ...connection, endpoint: `opc.tcp://127.0.0.1:${port}` };
    else if (connection.transport === "tcp") connections[name] = { ...connection, port };
  }
  return { ...plant, connections };
}

/** Midnight in Amsterdam of the day on which summer time ends: a factory that begins with 25 hours. */
export const EPOCH = micros(Date.parse("2026-10-24T22:00:00Z") * 1000);
export const DAY = 86_400_000_000;
export const MONTH = { from: EPOCH, to: micros(EPOCH + 30 * DAY + DAY / 24) };
