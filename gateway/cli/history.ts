/** `fieldlab demo-history`: the days before today, made by the simulator and sent through the pipeline, once. */
import { runHistory } from "../demo/past.ts";
import type { Given } from "./command.ts";
import type { ExitCode } from "./exit.ts";
import { numberOption } from "./given.ts";
import { report, runProcess } from "./process.ts";

const DEFAULT_DAYS = 30;
/** Two years: beyond that the first start takes longer than anyone waits. */
const MAX_DAYS = 731;

export async function run(given: Given): Promise<ExitCode> {
  const days = numberOption(given, "days", 1, MAX_DAYS) ?? DEFAULT_DAYS;
  return runProcess("demo-history", given, async ({ plant, folder, clock, credentials, log, signal }) => {
    const onProgress = (fraction: number) => report({ kind: "progress", text: `History of ${days} days:`, fraction });
    await runHistory({ plant, folder, clock, days, credentials, log, signal, onProgress });
  });
}
