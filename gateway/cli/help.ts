/** --help, from the declarations. */
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import { EXIT_MEANINGS } from "./exit.ts";

export const exitLines = (): string[] => Object.entries(EXIT_MEANINGS).map(([code, says]) => `  ${code}  ${says}`);

export function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const list = (wanted: boolean): string[] =>
    commands
      .filter((command) => (command.process === true) === wanted)
      .map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`);
  return [
    "fieldlab: reads machines, keeps every sample, and computes OEE and energy that can be explained.",
    "",
    "Commands:",
    ...list(false),
    `  ${"help".padEnd(width)}this list, or the help of a command`,
    `  ${"version".padEnd(width)}the version of the program`,
    "",
    "Processes that start runs, also usable alone:",
    ...list(true),
    "",
    "fieldlab <command> --help says more. Exit codes:",
    ...exitLines(),
    "",
  ].join("\n");
}

export function usageOf({ name, words = [] }: Command): string {
  const places = words.map((word) => (word.optional === true ? `[${word.name}]` : `<${word.name}>`));
  return ["fieldlab", name, ...places, "[options]"].join(" ");
}

export const optionText = (name: string, value: string | undefined): string =>
  `--${name}${value === undefined ? "" : ` <${value}>`}`;

export function helpOf(command: Command): string {
  const options = Object.entries(command.options).map(([name, option]) => [
    optionText(name, option.value),
    option.says,
  ]);
  const rows = [
    ...(command.words ?? []).map(({ name, says }) => [`<${name}>`, says]),
    ...options,
    ["--help", "This text"],
  ];
  const width = Math.max(...rows.map(([left = ""]) => left.length)) + 2;
  const exampleWidth = Math.max(...command.examples.map(({ line }) => line.length)) + 2;
  return [
    usageOf(command),
    "",
    command.says,
    "",
    ...rows.map(([left = "", right = ""]) => `  ${left.padEnd(width)}${right}`),
    "",
    "Examples:",
    ...command.examples.map(({ line, says }) => `  ${line.padEnd(exampleWidth)}# ${says}`),
    "",
  ].join("\n");
}
