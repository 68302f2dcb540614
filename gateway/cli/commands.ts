/** All commands. docs/cli.md and every --help come from here. */
import type { Command, Option } from "./command.ts";

const plantOptions = {
  config: {
    value: "file",
    says: "Configuration; without it config/plant.yaml, or config/demo.yaml when that is absent",
  },
  overlay: { value: "file", says: "YAML that goes over the configuration, key by key; lists and values replace" },
  data: { value: "folder", says: "Where data are kept; without it storage.folder of the configuration" },
} satisfies Record<string, Option>;
const port = { value: "number", says: "HTTP port in place of network.http.port" } satisfies Option;
const json = { says: "JSON in place of a table" } satisfies Option;
const range = {
  from: { value: "time", says: 'Begin: RFC 3339, or "2026-11-24" or "2026-11-24T06:00" in the site\'s time zone' },
  to: { value: "time", says: "End, which does not belong to the range; without it now" },
} satisfies Record<string, Option>;

export const commands: readonly Command[] = [
  {
    name: "start",
    summary: "run the gateway: the plant of config/plant.yaml, or the demo factory",
    says: `Builds the pages when they are not fresh, then runs the site, the edge and (for a demo plant) the demo factory as
processes of their own and restarts the ones that die. Prints one line with the address when the pages can be opened.
Ctrl-C stops everything; a second Ctrl-C kills it. The logs are in <data>/logs.`,
    options: {
      ...plantOptions,
      port,
      speed: {
        value: "factor",
        says: "Demo only: simulated seconds per second; a data folder keeps the speed it began with",
      },
    },
    examples: [
      { line: "fieldlab start", says: "the plant, or the demo" },
      { line: "fieldlab start --speed 60 --data data/fast", says: "an hour of the demo factory in a minute" },
      { line: "fieldlab start --config plants/hall3.yaml --port 8500", says: "another plant beside it" },
    ],
    load: () => import("./start.ts"),
  },
  {
    name: "demo",
    summary: "run only the demo factory, as a training simulator for any software",
    says: `Serves the machines of the demo plant over OPC UA and Modbus TCP on loopback and writes the truth (what really
happened) to <data>/truth. See docs/demo.md for the addresses.`,
    options: {
      ...plantOptions,
      speed: { value: "factor", says: "Simulated seconds per second" },
      seed: { value: "number", says: "Another seed is another course of events; without it 1" },
    },
    examples: [
      { line: "fieldlab demo", says: "the factory, without a gateway" },
      { line: "fieldlab demo --speed 60 --seed 7", says: "faster, and another week" },
    ],
    load: () => import("./demo.ts"),
  },
  {
    name: "check",
    summary: "say what is wrong in a configuration",
    says: `Prints every problem with its line, the value, what was expected and what to do. Changes nothing, starts nothing.`,
    words: [{ name: "file", optional: true, says: "Configuration; without it the one that start would use" }],
    options: { overlay: plantOptions.overlay, json },
    examples: [
      { line: "fieldlab check", says: "the configuration that start would use" },
      { line: "fieldlab check config/example.yaml", says: "another file" },
    ],
    load: () => import("./check.ts"),
  },
  {
    name: "read",
    summary: "show the live values of one connection",
    says: `Reads the device directly, without the pipeline and without storing anything. Shows each tag's value after scale and
offset, or what is wrong with it and what to do. Ends with 4 when the connection itself gives nothing.`,
    words: [{ name: "connection", says: "Its key under connections:" }],
    options: {
      config: plantOptions.config,
      overlay: plantOptions.overlay,
      data: plantOptions.data,
      once: { says: "Print one table when every tag has answered (at most 10 s), and end" },
      interval: { value: "duration", says: 'Time between two tables; without it "1 s"' },
      json,
    },
    examples: [
      { line: "fieldlab read press", says: "a table that renews itself; Ctrl-C ends it" },
      { line: "fieldlab read meter --once --json", says: "for a script" },
    ],
    load: () => import("./read.ts"),
  },
  {
    name: "export",
    summary: "write stored samples as CSV",
    says: `Asks the running gateway and writes "time,tag,value,quality" (RFC 3339, as many decimals as needed).`,
    options: {
      ...plantOptions,
      ...range,
      tag: {
        value: "tag",
        repeated: true,
        says: "<connection>/<tag>; may be given more than once; without it all tags",
      },
      output: { value: "file", says: "Without it standard output" },
    },
    examples: [
      { line: "fieldlab export --tag press/good --from 2026-11-24", says: "one tag, today" },
      {
        line: "fieldlab export --from 2026-11-01 --to 2026-12-01 --output november.csv",
        says: "everything, to a file",
      },
    ],
    load: () => import("./export.ts"),
  },
  {
    name: "import",
    summary: "bring samples from a CSV file into history",
    says: `Reads "time,tag,value,quality" and sends it through the same pipeline as live data, as a backlog. The whole file is
checked first: with a wrong line nothing is imported, unless --skip-bad says otherwise. Importing twice changes nothing:
a sample is its tag and time. Ends when the site has said that all is stored.`,
    words: [{ name: "file", says: "The CSV file" }],
    options: { ...plantOptions, "skip-bad": { says: "Leave wrong lines out, and say which" } },
    examples: [
      { line: "fieldlab import november.csv", says: "all or nothing" },
      { line: "fieldlab import old-logger.csv --skip-bad", says: "what can be read" },
    ],
    load: () => import("./import.ts"),
  },
  {
    name: "kpi",
    summary: "the time, counts, energy and KPIs of a machine or line",
    says: `The ledger of a range, widened to whole quarters of an hour: where the time went, what was made, and the figures that
follow, with their coverage and bounds. A line shows all its machines; its figure is that of the constraint.`,
    options: {
      ...plantOptions,
      machine: { value: "key", repeated: true, says: "Machine; may be given more than once" },
      line: { value: "key", says: "All machines of a line" },
      ...range,
      json,
    },
    examples: [
      { line: "fieldlab kpi --machine press --from 2026-11-24", says: "today so far" },
      { line: "fieldlab kpi --line line1 --from 2026-11-17 --to 2026-11-24 --json", says: "a week, for a script" },
    ],
    load: () => import("./kpi.ts"),
  },
  {
    name: "status",
    summary: "whether everything works, and what to do where it does not",
    says: `Connections, stale tags, outbox, receipts and historian of the running gateway, and the address of its pages with
the token. Ends with 1 when there is a fault.`,
    options: { ...plantOptions, json },
    examples: [
      { line: "fieldlab status", says: "for people" },
      { line: "fieldlab status --json", says: "for monitoring" },
    ],
    load: () => import("./status.ts"),
  },
  {
    name: "edge",
    process: true,
    summary: "run only the edge: machines → outbox → MQTT",
    says: "Reads the machines, keeps each sample until the site has stored it, and sends it. Logs JSON lines.",
    options: plantOptions,
    examples: [{ line: "fieldlab edge --config config/plant.yaml", says: "for example under systemd" }],
    load: () => import("./edge.ts"),
  },
  {
    name: "site",
    process: true,
    summary: "run only the site: MQTT → history → pages",
    says: "Runs the broker (unless an external one is configured), ingest, historian, ledger, API and pages. Logs JSON lines.",
    options: { ...plantOptions, port },
    examples: [{ line: "fieldlab site --config config/plant.yaml", says: "for example under systemd" }],
    load: () => import("./site.ts"),
  },
  {
    name: "demo-history",
    process: true,
    summary: "make the demo's history and send it through the pipeline, once",
    says: "Makes the days before today by the same simulator and sends them as a backlog under the edge name history.",
    options: { ...plantOptions, days: { value: "number", says: "Days before today; without it 30" } },
    examples: [{ line: "fieldlab demo-history --days 7", says: "a week, beside a running site" }],
    load: () => import("./history.ts"),
  },
];
