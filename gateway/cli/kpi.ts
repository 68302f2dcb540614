/** `fieldlab kpi`: the ledger and the figures of machines for a range. */
import type { z } from "zod";
import { nearest } from "../config/nearest.ts";
import { LEDGER_STATES } from "../model/states.ts";
import { parseInstant, wallClock } from "../model/time.ts";
import { LedgerReply, PlantReply } from "../site/api/replies.ts";
import type { Given } from "./command.ts";
import { Ends, EXIT, type ExitCode } from "./exit.ts";
import { connectGateway } from "./gateway.ts";
import { rangeQuery } from "./moment.ts";
import { hours, percent, table } from "./table.ts";

type Ledger = z.infer<typeof LedgerReply>;
type Plant = z.infer<typeof PlantReply>;

const DEFAULT_HOURS = 24;

export async function run(given: Given): Promise<ExitCode> {
  const gateway = connectGateway(given);
  const plant = await gateway.get("/plant", {}, PlantReply);
  const { machines, title } = choose(given, plant);
  const now = parseInstant(plant.clock.now) ?? wallClock.now();
  const range = rangeQuery(given.text("from"), given.text("to"), plant.timeZone, now, DEFAULT_HOURS);
  const ledgers: Ledger[] = [];
  for (const machine of machines) {
    ledgers.push(await gateway.get(`/machines/${encodeURIComponent(machine)}/ledger`, range, LedgerReply));
  }
  process.stdout.write(given.flag("json") ? `${JSON.stringify(ledgers, null, 2)}\n` : `${title}${kpiText(ledgers)}`);
  return EXIT.ok;
}

function choose(given: Given, plant: Plant): { machines: readonly string[]; title: string } {
  const all = plant.machines.map(({ id }) => id);
  const line = given.text("line");
  if (line !== undefined) {
    const found = plant.lines.find(({ id }) => id === line);
    if (found === undefined)
      throw unknown(
        "line",
        line,
        plant.lines.map(({ id }) => id),
      );
    const machines = plant.machines.filter((machine) => machine.line === line).map(({ id }) => id);
    const constraint =
      found.constraint === null ? "" : `: its figure is that of ${found.constraint}, which sets the pace`;
    return { machines, title: `Line ${line}${constraint}\n` };
  }
  const machines = given.all("machine");
  for (const machine of machines) if (!all.includes(machine)) throw unknown("machine", machine, all);
  return { machines: machines.length === 0 ? all : machines, title: "" };
}

function unknown(kind: string, name: string, names: readonly string[]): Ends {
  const meant = nearest(name, names);
  return new Ends(
    EXIT.failed,
    `there is no ${kind} "${name}"; ${meant === undefined ? `known: ${names.join(", ")}` : `did you mean "${meant}"?`}`,
  );
}

/** One column per machine; the categories sum to the calendar time, exactly. */
export function kpiText(ledgers: readonly Ledger[]): string {
  const [first] = ledgers;
  if (first === undefined) return "no machines\n";
  const row = (label: string, show: (ledger: Ledger) => string): string[] => [label, ...ledgers.map(show)];
  const rows = [
    ...LEDGER_STATES.map((state) => row(`  ${state}`, ({ sums }) => hours(sums.ms[state]))),
    row("calendar time", ({ sums }) => hours(sums.calendarMs)),
    row("planned busy time", ({ sums }) => hours(sums.plannedBusyMs)),
    row("  of which observed", ({ sums }) => hours(sums.observedMs)),
    row("parts", ({ sums }) => String(sums.total)),
    row("  good", ({ sums }) => String(sums.good)),
    row("  scrap", ({ sums }) => String(sums.scrap)),
    row("  rework", ({ sums }) => String(sums.rework)),
    row("energy", ({ sums }) => (sums.energyMs === 0 ? "–" : `${(sums.energyWh / 1000).toFixed(2)} kWh`)),
    row("  per good part", ({ kpi }) => (kpi.energyPerGoodWh === null ? "–" : `${kpi.energyPerGoodWh.toFixed(1)} Wh`)),
    row("availability", ({ kpi }) => percent(kpi.availability)),
    row("performance", ({ kpi }) => percent(kpi.performance)),
    row("quality", ({ kpi }) => percent(kpi.quality)),
    row("OEE", ({ kpi }) => `${percent(kpi.oee)}${kpi.provisional ? " *" : ""}`),
    row("  at least", ({ kpi }) => percent(kpi.oeeLow)),
    row("  at most", ({ kpi }) => percent(kpi.oeeHigh)),
    row("  coverage", ({ kpi }) => percent(kpi.coverage)),
    row("TEEP", ({ kpi }) => percent(kpi.teep)),
    row("flags", ({ kpi }) => kpi.flags.join(" ") || "–"),
  ];
  const columns = [{ title: "" }, ...ledgers.map(({ machine }) => ({ title: machine, align: "right" as const }))];
  const provisional = ledgers.some(({ kpi }) => kpi.provisional)
    ? "* provisional: too little of the planned time was observed\n"
    : "";
  return `${first.range.from} – ${first.range.to}, definitions ${first.kpi.definition}\n${table(columns, rows)}${provisional}`;
}
