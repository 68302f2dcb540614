/**
 * `npm run bench [-- name …] [--seconds 300] [--json | --markdown] [--profile folder]`: measures, on this machine, now.
 * Nothing here can fail a test. `--markdown` prints the tables of docs/performance.md.
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { Bench, Figure } from "./measure.ts";
import { siteStages } from "./site-stages.ts";
import { stages } from "./stages.ts";
import { wholePath } from "./whole-path.ts";

const DEFAULT_SECONDS = "300";

interface Result {
  readonly name: string;
  readonly about: string;
  readonly figures: readonly Figure[];
}

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: "string", default: DEFAULT_SECONDS },
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    profile: { type: "string" },
  },
  allowPositionals: true,
});
const all: readonly Bench[] = [...stages, ...siteStages, wholePath];
const chosen = all.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (chosen.length === 0) {
  process.stderr.write(`No such bench; there are ${all.map(({ name }) => name).join(", ")}.\n`);
  process.exit(2);
}
const date = new Date().toISOString();
/** What else the machine was doing before we began. */
const [load = Number.NaN] = loadavg();
const machine = { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version, load };
const results: Result[] = [];
for (const bench of chosen) {
  const { name, about } = bench;
  process.stderr.write(`${name}: ${about} …\n`);
  const figures = await bench.run({ seconds: Number(values.seconds), profile: values.profile });
  results.push({ name, about, figures });
  if (!values.json && !values.markdown) process.stdout.write(plain({ name, about, figures }));
}
if (values.json) process.stdout.write(`${JSON.stringify({ date, machine, results }, null, 2)}\n`);
if (values.markdown) process.stdout.write(markdown());

function plain({ name, about, figures }: Result): string {
  const lines = figures.map(
    (figure) => `  ${figure.name.padEnd(60)} ${figure.value.toFixed(2).padStart(12)} ${figure.unit}\n`,
  );
  return `\n${name}: ${about}\n${lines.join("")}`;
}

function markdown(): string {
  const { cpu, cores, node } = machine;
  const about = `${date.slice(0, 10)}, ${cores} × ${cpu.replaceAll(/\s+/g, " ")}, Node ${node.slice(1)}, load before ${load.toFixed(1)}.`;
  const rows = results.flatMap(({ name, figures }) =>
    figures.map((figure) => `| ${name} | ${figure.name} | ${shown(figure)} |`),
  );
  return [about, "", "| bench | figure | measured |", "| --- | --- | --- |", ...rows, ""].join("\n");
}

function shown({ value, unit }: Figure): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 2;
  return `${value.toLocaleString("en", { maximumFractionDigits: digits })} ${unit}`.trim();
}
