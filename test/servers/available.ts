/** Which servers that we did not write are installed here; without one its tests are skipped by name, in CI they fail. */
import { existsSync } from "node:fs";
import { describe, test } from "vitest";

const PROGRAMS = {
  mosquitto: ["/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto"],
  influxd: ["/usr/bin/influxd"],
  chromium: ["/usr/bin/chromium", "/usr/bin/chromium-browser"],
  socat: ["/usr/bin/socat"],
  "docker-compose": ["/usr/bin/docker-compose"],
  pymodbus: ["/usr/lib/python3/dist-packages/pymodbus/__init__.py"],
} as const;
export type Program = keyof typeof PROGRAMS;

export const locate = (program: Program): string | undefined => PROGRAMS[program].find((path) => existsSync(path));

/** Path of a program that the surrounding `describeWith` has shown to be installed. */
export function pathOf(program: Program): string {
  const path = locate(program);
  if (path === undefined) throw new Error(`${program} is not installed`);
  return path;
}

/** A suite against real programs; its title names them. */
export function describeWith(programs: readonly Program[], title: string, suite: () => void): void {
  const missing = programs.filter((program) => locate(program) === undefined);
  if (missing.length === 0) {
    describe(title, suite);
    return;
  }
  const names = missing.join(", ");
  if (process.env["CI"] === "true") {
    test(title, () => {
      throw new Error(`not installed: ${names}; in CI every server must be there (.ci/run installs them)`);
    });
  } else {
    describe.skip(`${title} (not installed: ${names})`, suite);
  }
}
