/** The plant that a command works with: the same choice of file and folder for all of them. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { formatProblem, loadPlant } from "../config/load.ts";
import type { PlantConfig } from "../config/schema.ts";
import type { Given } from "./command.ts";
import { Ends, EXIT } from "./exit.ts";
import { numberOption } from "./given.ts";

const OWN_PLANT = "config/plant.yaml";
const DEMO_PLANT = "config/demo.yaml";

export interface Chosen {
  readonly plant: PlantConfig;
  readonly file: string;
  /** Absolute. */
  readonly folder: string;
}

export const defaultFile = (): string => (existsSync(OWN_PLANT) ? OWN_PLANT : DEMO_PLANT);

/** Ends the command with every problem when the configuration is wrong. */
export function choosePlant(given: Given): Chosen {
  const file = given.text("config") ?? defaultFile();
  const loaded = loadPlant(file, given.text("overlay"));
  if ("problems" in loaded) {
    const count = loaded.problems.length;
    const list = loaded.problems.map(formatProblem).join("\n");
    throw new Ends(EXIT.refused, `${list}\n${count} ${count === 1 ? "problem" : "problems"}; nothing was started.`);
  }
  const { storage, network } = loaded.plant;
  const folder = resolve(given.text("data") ?? storage.folder);
  const port = numberOption(given, "port", 0, 65_535) ?? network.http.port;
  const plant: PlantConfig = {
    ...loaded.plant,
    storage: { ...storage, folder },
    network: { ...network, http: { ...network.http, port } },
  };
  return { plant, file, folder };
}

/** The options by which a child process chooses the same plant. */
export function sameChoice(given: Given, { file, folder }: Chosen): string[] {
  const overlay = given.text("overlay");
  return ["--config", file, ...(overlay === undefined ? [] : ["--overlay", overlay]), "--data", folder];
}
