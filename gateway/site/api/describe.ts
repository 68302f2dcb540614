/** A site with nothing in it, so that the API can be described without one. */
import { pino } from "pino";
import { PlantConfig } from "../../config/schema.ts";
import { wallClock } from "../../model/time.ts";
import { createMetrics } from "../metrics.ts";
import type { ApiOptions } from "./server.ts";
import type { Source } from "./source.ts";

export function emptySource(): ApiOptions {
  const plant = PlantConfig.parse({
    version: 1,
    site: { name: "none" },
    connections: {},
    calendars: {},
    lines: {},
    machines: {},
  });
  const source: Source = {
    plant,
    clock: wallClock,
    running: () => undefined,
    startingError: () => undefined,
    loopLagMs: () => 0,
  };
  return {
    source,
    token: "none",
    metrics: createMetrics(source),
    log: pino({ level: "silent" }),
    host: "127.0.0.1",
  };
}
