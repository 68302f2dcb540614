/** `fieldlab check`: what is wrong in a configuration. */
import { formatProblem, loadPlant } from "../config/load.ts";
import type { Given } from "./command.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { defaultFile } from "./plant.ts";

export async function run(given: Given): Promise<ExitCode> {
  const file = given.words[0] ?? defaultFile();
  const loaded = loadPlant(file, given.text("overlay"));
  const problems = "problems" in loaded ? loaded.problems : [];
  if (given.flag("json")) {
    process.stdout.write(`${JSON.stringify({ file, problems }, null, 2)}\n`);
  } else if ("plant" in loaded) {
    const { machines, connections } = loaded.plant;
    const tags = Object.values(connections).reduce((sum, connection) => sum + Object.keys(connection.tags).length, 0);
    const counts = [
      count(Object.keys(machines).length, "machine"),
      count(Object.keys(connections).length, "connection"),
      count(tags, "tag"),
    ];
    process.stdout.write(`${file} is right: ${counts.join(", ")}.\n`);
  } else {
    process.stdout.write(
      `${problems.map(formatProblem).join("\n")}\n${count(problems.length, "problem")} in ${file}.\n`,
    );
  }
  return problems.length === 0 ? EXIT.ok : EXIT.refused;
}

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;
