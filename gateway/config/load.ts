/** Reads a plant's configuration: the whole plant, or every problem in it with its place, and nothing in between. */
import { readFileSync, statSync } from "node:fs";
import { MAX_FILE_BYTES, parseYaml, type Source } from "./document.ts";
import { findingsOf, issueMessage, lookUp } from "./findings.ts";
import type { Finding, Problem, Step } from "./problem.ts";
import { groupOf, isGroup, namesIn, referenceFindings } from "./references.ts";
import { PlantConfig } from "./schema.ts";

export { formatProblem, type Problem } from "./problem.ts";

export type Loaded = { readonly plant: PlantConfig } | { readonly problems: readonly Problem[] };

/** Rounds of taking out what is wrong before what refers to it is checked; a configuration is not nested deeper. */
const MAX_PRUNE_ROUNDS = 10;

/** @param overlay a second file that goes over the first: groups are joined key by key; lists, values and groups of another kind replace */
export function loadPlant(path: string, overlay?: string): Loaded {
  const sources: Source[] = [];
  for (const file of overlay === undefined ? [path] : [path, overlay]) {
    const text = readText(file);
    if (typeof text !== "string") return { problems: [text] };
    const source = sourceOf(file, text);
    if ("problems" in source) return source;
    sources.push(source);
  }
  const [base, over] = sources;
  if (base === undefined) return { problems: [] };
  return over === undefined ? check(base) : check(joined(base, over));
}

/** The same for a text that is at hand. */
export function parsePlant(file: string, text: string): Loaded {
  const source = sourceOf(file, text);
  return "problems" in source ? source : check(source);
}

const START_FROM = "copy config/example.yaml to config/plant.yaml and make it yours";
const EMPTY = { message: "the file is empty; expected a plant", advice: START_FROM };
const wholeFile = (file: string) => ({ file, line: 1, column: 1, path: "" });

function sourceOf(file: string, text: string): ReturnType<typeof parseYaml> {
  const source = parseYaml(file, text);
  if ("problems" in source || (source.data !== null && source.data !== undefined)) return source;
  return { problems: [{ ...wholeFile(file), ...EMPTY }] };
}

function joined(base: Source, over: Source): Source {
  return {
    file: base.file,
    data: merge(base.data, over.data),
    // A value is mended in the file that it comes from.
    place: (finding) => (lookUp(over.data, finding.path) === undefined ? base : over).place(finding),
  };
}

/** Keys that say what kind of thing their group is; of another kind, nothing of the old group fits. */
const KINDS = ["broker", "kind", "protocol", "transport"];

function merge(base: unknown, over: unknown): unknown {
  if (!isGroup(base) || !isGroup(over)) return over;
  if (KINDS.some((key) => Object.hasOwn(over, key) && over[key] !== base[key])) return over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries(
    [...keys].map((key) => [key, Object.hasOwn(over, key) ? merge(base[key], over[key]) : base[key]]),
  );
}

function check(source: Source): Loaded {
  const parsed = PlantConfig.safeParse(source.data, { error: issueMessage });
  const names = namesIn(source.data);
  const findings: Finding[] = parsed.success
    ? referenceFindings(parsed.data, names)
    : [...findingsOf(parsed.error.issues, source.data), ...referencesOfTheRest(source.data, names)];
  if (parsed.success && findings.length === 0) return { plant: parsed.data };
  const problems = findings.map(source.place).sort((a, b) => a.line - b.line || a.column - b.column);
  return { problems: withoutDoubles(problems) };
}

/**
 * References between the parts that are right, so that one run shows everything. What the schema refuses is taken out
 * of a copy, widening until the rest is a plant; `names` still holds what was taken out.
 */
function referencesOfTheRest(data: unknown, names: ReturnType<typeof namesIn>): Finding[] {
  const copy: unknown = structuredClone(data);
  let depthCut = 0;
  for (let round = 0; round < MAX_PRUNE_ROUNDS; round++) {
    const parsed = PlantConfig.safeParse({ ...NOTHING, ...groupOf(copy) }, { error: issueMessage });
    if (parsed.success) return referenceFindings(parsed.data, names).filter(({ absence }) => absence !== true);
    for (const issue of parsed.error.issues) {
      const path = issue.path as Step[];
      const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
      if (keys.length > 0) for (const key of keys) remove(copy, [...path, key]);
      else if (!remove(copy, withoutIndexes(path.slice(0, path.length - depthCut)))) return [];
    }
    // Everything that stood at these paths is gone; what is still wrong is missed by its surroundings.
    if (round > 0) depthCut += 1;
  }
  return [];
}

/** The least that a plant has: stands in for sections that were taken out. */
const NOTHING = { version: 1, site: { name: "-" }, connections: {}, calendars: {}, lines: {}, machines: {} };

/** Taking one entry out of a list would renumber the others; the whole list goes. */
function withoutIndexes(path: readonly Step[]): readonly Step[] {
  const index = path.findIndex((step) => typeof step === "number");
  return index === -1 ? path : path.slice(0, index);
}

function remove(data: unknown, path: readonly Step[]): boolean {
  const last = path.at(-1);
  let parent = data;
  for (const step of path.slice(0, -1)) parent = (parent as Record<Step, unknown> | null | undefined)?.[step];
  if (last === undefined) return false;
  if (typeof parent === "object" && parent !== null) Reflect.deleteProperty(parent, last);
  return true;
}

function withoutDoubles(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, message }) => {
    const key = `${path}\0${message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function readText(path: string): string | Problem {
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE_BYTES) {
      const message = `the file has ${size} bytes; expected at most ${MAX_FILE_BYTES}`;
      return { ...wholeFile(path), message, advice: "is this the right file?" };
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof TypeError) {
      return { ...wholeFile(path), message: "the file is not UTF-8 text", advice: "save it as UTF-8 in your editor" };
    }
    const reason = error instanceof Error ? error.message.replace(/, \w+( '.*')?$/, "") : String(error);
    return { ...wholeFile(path), message: `cannot be read: ${reason}`, advice: START_FROM };
  }
}
