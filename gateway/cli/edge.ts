/** `fieldlab edge`: the edge process. */
import { runEdge } from "../edge/main.ts";
import type { Given } from "./command.ts";
import type { ExitCode } from "./exit.ts";
import { runProcess } from "./process.ts";

export const run = (given: Given): Promise<ExitCode> =>
  runProcess("edge", given, ({ plant, clock, credentials, log, signal }) =>
    runEdge({ plant, clock, credentials, log, signal }),
  );
