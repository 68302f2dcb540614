/** Writes what can be generated from the schemas and declarations; with --check it only says what is stale. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openApiDocument } from "../gateway/site/api/openapi.ts";
import { commandsPage } from "./docs/commands.ts";
import { configurationPage } from "./docs/configuration.ts";
import { metricsPage } from "./docs/metrics.ts";
import { mqttPage } from "./docs/mqtt.ts";
import { plantSchema } from "./docs/schema.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Path below the root → text. */
async function generated(): Promise<ReadonlyMap<string, string>> {
  const schema = plantSchema();
  return new Map([
    ["config/plant.schema.json", json(schema)],
    ["docs/configuration.md", configurationPage(schema)],
    ["docs/mqtt.md", mqttPage()],
    ["docs/cli.md", commandsPage()],
    ["docs/metrics.md", await metricsPage()],
    ["docs/api.json", json(await openApiDocument())],
  ]);
}

/** Files whose text is not what the sources give. */
export async function stale(): Promise<string[]> {
  const files = await generated();
  return [...files].filter(([path, text]) => read(path) !== text).map(([path]) => path);
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function read(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch {
    return undefined;
  }
}

async function main(check: boolean): Promise<void> {
  const old = await stale();
  if (check) {
    for (const path of old) process.stdout.write(`${path} is stale: run "npm run docs" and commit it\n`);
    process.exitCode = old.length === 0 ? 0 : 1;
    return;
  }
  for (const [path, text] of await generated()) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    process.stdout.write(`${old.includes(path) ? "written  " : "unchanged"}  ${path}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.includes("--check"));
