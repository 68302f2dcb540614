/** Turns what zod says of a configuration into findings that someone who never saw a schema can act on. */
import type { z } from "zod";
import { shown } from "../model/quantity.ts";
import { nearest } from "./nearest.ts";
import type { Finding, Step } from "./problem.ts";

type Issue = z.core.$ZodIssue;

/** Words for zod's types. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a group of keys",
  record: "a group of keys",
  array: "a list (lines that begin with -)",
};
/** Values below these keys never reach a message. */
const SECRET_KEY = /password|token|secret/i;
/** More names than this on one line are not read. */
const MAX_LISTED = 12;

/**
 * Given to zod with the parse: our words in place of its own, where a schema has none. The only place where the schema
 * is at hand, so the known keys of a block travel in the message until `findingsOf` reads them.
 */
export const issueMessage: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "unrecognized_keys":
      return JSON.stringify(knownKeys(issue.inst));
    case "invalid_type":
      if (issue.input === undefined)
        return ruleOf(issue.inst) ?? `expected ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
      return `expected ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return expectedOneOf(issue.values);
    case "too_small":
      return `expected ${bound(issue.origin, `at least ${issue.minimum}`)}`;
    case "too_big":
      return `expected ${bound(issue.origin, `at most ${issue.maximum}`)}`;
    default:
      return undefined;
  }
};

/** What a schema's own rule expects: says more of a missing value than its type does. */
function ruleOf(schema: unknown): string | undefined {
  for (const check of (schema as z.core.$ZodType | undefined)?._zod.def.checks ?? []) {
    const error = check._zod.def.error as ((issue: unknown) => unknown) | undefined;
    const rule = error?.({ code: "custom", input: undefined, path: [] });
    if (typeof rule === "string") return rule;
  }
  return undefined;
}

function knownKeys(schema: unknown): string[] {
  const shape = (schema as z.core.$ZodObject | undefined)?._zod.def.shape;
  return shape === undefined ? [] : Object.keys(shape);
}

const bound = (origin: string, limit: string): string =>
  origin === "string" ? `text of ${limit} characters` : origin === "array" ? `${limit} entries` : limit;

const expectedOneOf = (values: readonly unknown[]): string =>
  `expected ${values.length === 1 ? "" : "one of "}${values.map(shown).join(", ")}`;

/** All findings, with what follows from another finding left out. */
export function findingsOf(issues: readonly Issue[], data: unknown): Finding[] {
  const findings = issues.flatMap((issue) => describe(issue, [], data));
  // A misspelt key is also a missing one; the second says nothing new.
  const meant = new Set(findings.flatMap(({ instead }) => (instead === undefined ? [] : [instead.join("\0")])));
  return findings.filter(({ path, missing }) => !(missing === true && meant.has(path.join("\0"))));
}

interface Described extends Finding {
  readonly missing?: boolean;
  /** Path of the key that was probably meant. */
  readonly instead?: readonly Step[] | undefined;
}

/** Keys of the external broker, where the embedded one is meant because nothing was said. */
const OF_EXTERNAL_BROKER: ReadonlySet<string> = new Set(["url", "username", "password"]);
const elsewhere = (path: readonly Step[], key: string): string | undefined =>
  path.join(".") === "network.mqtt" && OF_EXTERNAL_BROKER.has(key)
    ? 'that belongs to a broker of your own: add "broker: external" beside it'
    : undefined;

function describe(issue: Issue, base: readonly Step[], data: unknown): Described[] {
  const path = [...base, ...(issue.path as Step[])];
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = JSON.parse(issue.message) as string[];
      return issue.keys.map((key) => {
        const meant = nearest(key, known);
        const advice =
          elsewhere(path, key) ?? (meant === undefined ? `known here: ${listed(known)}` : `did you mean "${meant}"?`);
        const instead = meant === undefined ? undefined : [...path, meant];
        return { path: [...path, key], at: "key" as const, message: `unknown key "${key}"`, advice, instead };
      });
    }
    case "invalid_key": {
      const rule = issue.issues[0]?.message ?? "expected another name";
      return [{ path, at: "key", message: `${rule}; found "${String(path.at(-1))}"` }];
    }
    case "invalid_union":
      return describeUnion(issue, path, data);
    default:
      return [found(path, issue.message, data, "values" in issue ? issue.values : [])];
  }
}

function describeUnion(
  issue: Extract<Issue, { code: "invalid_union" }>,
  path: readonly Step[],
  data: unknown,
): Described[] {
  if (issue.errors.length === 0) {
    const options = "options" in issue ? (issue.options ?? []) : [];
    return [found(path, expectedOneOf(options), data, options)];
  }
  // Alternatives that are all plain values ("16, 32 or 64", "text or a number"): name them all.
  const atRoot = issue.errors.filter((branch) => branch.every(({ path: inner }) => inner.length === 0));
  if (atRoot.length === issue.errors.length) {
    const values = atRoot.flatMap((branch) => branch.flatMap((inner) => ("values" in inner ? inner.values : [])));
    const message =
      values.length > 0
        ? expectedOneOf(values)
        : `expected ${[...new Set(atRoot.flat().map((inner) => inner.message.replace(/^expected /, "")))].join(" or ")}`;
    return [found(path, message, data, values)];
  }
  const fits = issue.errors.map((branch) => ({
    branch,
    cost: branch.reduce((sum, inner) => sum + costOf(inner, path, data), 0),
  }));
  const best = fits.reduce((a, b) => (b.cost < a.cost ? b : a)).branch;
  // No alternative has the word that chooses between them: name all the words.
  const chooser = best.find((inner) => inner.code === "invalid_value");
  if (chooser !== undefined && lookUp(data, [...path, ...(chooser.path as Step[])]) !== undefined) {
    const words = issue.errors.flatMap((branch) =>
      branch.flatMap((inner) =>
        inner.code === "invalid_value" && samePath(inner.path, chooser.path) ? inner.values : [],
      ),
    );
    if (words.length > 1) return [found([...path, ...(chooser.path as Step[])], expectedOneOf(words), data, words)];
  }
  return best.flatMap((inner) => describe(inner, path, data));
}

/** How far an alternative is from what was written: the wrong kind of thing is further than a wrong detail. */
function costOf(issue: Issue, base: readonly Step[], data: unknown): number {
  if (issue.code === "unrecognized_keys") return issue.keys.length;
  const present = lookUp(data, [...base, ...(issue.path as Step[])]) !== undefined;
  if (issue.path.length === 0) return 100;
  if (issue.code === "invalid_value") return present ? 50 : 0.5;
  return 1;
}

const samePath = (a: readonly PropertyKey[], b: readonly PropertyKey[]): boolean => a.join("\0") === b.join("\0");

function found(path: readonly Step[], message: string, data: unknown, allowed: readonly unknown[]): Described {
  const value = lookUp(data, path);
  if (value === undefined) {
    const key = String(path.at(-1) ?? "everything");
    return { path, missing: true, message: `"${key}" is missing: ${message.replace(/; found undefined$/, "")}` };
  }
  const meant =
    typeof value === "string"
      ? nearest(
          value,
          allowed.filter((word) => typeof word === "string"),
        )
      : undefined;
  const advice = meant === undefined ? undefined : `did you mean "${meant}"?`;
  const text = message.includes("; found ") ? message : `${message}; found ${shownSafely(path, value)}`;
  return { path, message: text, advice };
}

/** A value as it may stand in a message. */
export function shownSafely(path: readonly Step[], value: unknown): string {
  if (path.some((step) => SECRET_KEY.test(String(step)))) return "a value that is not shown because it is secret";
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a group of keys" : shown(value);
}

export function lookUp(data: unknown, path: readonly Step[]): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.hasOwn(value, step) ? (value as Record<Step, unknown>)[step] : undefined;
  }
  return value;
}

export const listed = (names: readonly string[]): string =>
  names.length === 0
    ? "(none)"
    : names.length <= MAX_LISTED
      ? names.join(", ")
      : `${names.slice(0, MAX_LISTED).join(", ")} and ${names.length - MAX_LISTED} more`;
