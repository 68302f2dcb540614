/** `fieldlab demo`: the demo factory, for the gateway or for any other software. */
import { runDemo } from "../demo/main.ts";
import { clockFrom, scaledClock, wallClock, type Clock } from "../model/time.ts";
import type { Given } from "./command.ts";
import type { ExitCode } from "./exit.ts";
import { numberOption } from "./given.ts";
import { MAX_SPEED } from "./clock.ts";
import { report, runProcess } from "./process.ts";

export async function run(given: Given): Promise<ExitCode> {
  const seed = numberOption(given, "seed", 0, Number.MAX_SAFE_INTEGER);
  return runProcess(
    "demo",
    given,
    ({ plant, folder, clock, log, signal }) =>
      runDemo({ plant, folder, clock, seed, log, signal, onReady: () => report({ kind: "ready" }) }),
    clockOf(numberOption(given, "speed", 0.01, MAX_SPEED)),
  );
}

const clockOf = (speed: number | undefined): Clock =>
  speed === undefined ? clockFrom(process.env) : scaledClock(wallClock.now(), speed);
