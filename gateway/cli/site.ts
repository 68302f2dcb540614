/** `fieldlab site`: the site process. */
import { runSite } from "../site/main.ts";
import type { Given } from "./command.ts";
import type { ExitCode } from "./exit.ts";
import { report, runProcess } from "./process.ts";

export const run = (given: Given): Promise<ExitCode> =>
  runProcess("site", given, ({ plant, clock, credentials, log, signal }) => {
    const onListening = (address: string) => report({ kind: "listening", address });
    return runSite({ plant, clock, credentials, log, signal, onListening });
  });
