/** `npm run bench [-- name] [--seconds 300] [--json] [--profile folder]`: measures, on this machine, now. Nothing here can fail a test. */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Bench } from "./measure.ts";
import { stages } from "./stages.ts";
import { wholePath } from "./whole-path.ts";

const DEFAULT_SECONDS = "300";

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: "string", default: DEFAULT_SECONDS },
    json: { type: "boolean", default: false },
    profile: { type: "string" },
  },
  allowPositionals: true,
});
const all: readonly Bench[] = [...stages, wholePath];
const chosen = all.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (chosen.length === 0) {
  process.stderr.write(`No such bench; there are ${all.map(({ name }) => name).join(", ")}.\n`);
  process.exit(2);
}
const results: object[] = [];
for (const bench of chosen) {
  const { name, about } = bench;
  process.stderr.write(`${name}: ${about} …\n`);
  const figures = await bench.run({ seconds: Number(values.seconds), profile: values.profile });
  results.push({ name, about, figures });
  if (values.json) continue;
  process.stdout.write(`\n${name}: ${about}\n`);
  for (const figure of figures) {
    process.stdout.write(`  ${figure.name.padEnd(44)} ${figure.value.toFixed(2).padStart(14)} ${figure.unit}\n`);
  }
}
if (values.json) {
  const machine = { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version };
  process.stdout.write(`${JSON.stringify({ date: new Date().toISOString(), machine, results }, null, 2)}\n`);
}
