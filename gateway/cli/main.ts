/** The command line: finds the command, runs it, and gives its exit code. */
import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { nearest } from "../config/nearest.ts";
import { commands } from "./commands.ts";
import { Ends, EXIT, type ExitCode } from "./exit.ts";
import { readGiven } from "./given.ts";
import { helpOf, overview } from "./help.ts";

/** A second start need not compile everything again; where the folder cannot be written, it just does. */
const COMPILED = fileURLToPath(new URL("../../node_modules/.cache/fieldlab", import.meta.url));
enableCompileCache(COMPILED);

// A reader that has seen enough (`fieldlab export | head`) is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));

async function main([name = "help", ...args]: readonly string[]): Promise<ExitCode> {
  try {
    return await dispatch(name, args);
  } catch (error) {
    if (error instanceof Ends) {
      process.stderr.write(`${error.message}\n`);
      return error.exitCode;
    }
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return EXIT.failed;
  }
}

async function dispatch(name: string, args: readonly string[]): Promise<ExitCode> {
  if (name === "version" || name === "--version") return print(`fieldlab-gateway ${version()}\n`);
  if (name === "help" || name === "--help" || name === "-h") {
    const [about] = args;
    return print(about === undefined ? overview() : helpOf(find(about)));
  }
  const command = find(name);
  const given = readGiven(command, args);
  if (given === "help") return print(helpOf(command));
  const { run } = await command.load();
  return run(given);
}

function find(name: string) {
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const names = [...commands.map((candidate) => candidate.name), "help", "version"];
  const meant = nearest(name, names);
  const advice = meant === undefined ? `commands: ${names.join(", ")}` : `did you mean "${meant}"?`;
  throw new Ends(EXIT.usage, `unknown command "${name}"; ${advice}`);
}

function print(text: string): ExitCode {
  process.stdout.write(text);
  return EXIT.ok;
}

function version(): string {
  const file: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return typeof file === "object" && file !== null && "version" in file ? String(file.version) : "unknown";
}
