/** Reads the words after a command by its declaration; a mistake ends with what was probably meant. */
import { parseArgs } from "node:util";
import { nearest } from "../config/nearest.ts";
import type { Command, Given } from "./command.ts";
import { Ends, EXIT } from "./exit.ts";
import { usageOf } from "./help.ts";

export function readGiven(command: Command, args: readonly string[]): Given | "help" {
  const parsed = parse(command, args);
  const values: Readonly<Record<string, unknown>> = parsed.values;
  const { positionals } = parsed;
  if (values["help"] === true) return "help";
  const expected = command.words ?? [];
  const required = expected.filter((word) => word.optional !== true);
  if (positionals.length < required.length) {
    throw wrong(command, `<${required[positionals.length]?.name}> is missing`);
  }
  if (positionals.length > expected.length)
    throw wrong(command, `"${positionals[expected.length]}" is one word too many`);
  const all = (option: string): readonly string[] => {
    const value = values[option];
    return Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
  };
  return { words: positionals, all, text: (option) => all(option).at(-1), flag: (option) => values[option] === true };
}

function parse(command: Command, args: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { value, repeated }]) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), multiple: repeated === true },
    ]),
  );
  try {
    return parseArgs({
      args: [...args],
      options: { ...options, help: { type: "boolean" as const, short: "h" } },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const [, unknown] = /Unknown option '--?([^']+)'/.exec(text) ?? [];
    if (unknown === undefined) throw wrong(command, text.split(". ")[0] ?? text);
    const meant = nearest(unknown, Object.keys(command.options));
    throw wrong(command, `unknown option --${unknown}${meant === undefined ? "" : `; did you mean --${meant}?`}`);
  }
}

export const wrong = (command: Pick<Command, "name"> & Partial<Command>, message: string): Ends =>
  new Ends(EXIT.usage, `${message}\nUsage: ${usageOf(command as Command)} (--help says more)`);

/** A number from an option. Throws with what was expected. */
export function numberOption(given: Given, option: string, least: number, most: number): number | undefined {
  const text = given.text(option);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= least && value <= most) return value;
  throw new Ends(EXIT.usage, `--${option} is "${text}"; expected a number from ${least} to ${most}`);
}
