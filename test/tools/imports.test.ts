/** The rules of who may import whom, held by the lint: a forbidden import of each kind fails it. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";

const FORBIDDEN: readonly (readonly [file: string, line: string])[] = [
  ["gateway/model/x.ts", 'import { a } from "../kpi/ledger.ts";'],
  ["gateway/model/x.ts", 'import type { A } from "../config/schema.ts";'],
  ["gateway/kpi/x.ts", 'import { a } from "node:fs";'],
  ["gateway/kpi/x.ts", 'import { a } from "mqtt";'],
  ["gateway/kpi/x.ts", 'import { a } from "../config/schema.ts";'],
  ["gateway/kpi/x.ts", 'import type { A } from "../config/load.ts";'],
  ["gateway/kpi/x.ts", 'import type { A } from "../site/main.ts";'],
  ["gateway/kpi/x.ts", "export const now = () => Date.now();"],
  ["gateway/link/x.ts", 'import { a } from "../edge/main.ts";'],
  ["gateway/config/x.ts", 'import { a } from "../../adapters/modbus/driver.ts";'],
  ["gateway/config/x.ts", 'import { a } from "../site/main.ts";'],
  ["adapters/modbus/x.ts", 'import { a } from "../opcua/value.ts";'],
  ["adapters/modbus/x.ts", 'import { a } from "../../gateway/log.ts";'],
  ["adapters/x.ts", 'export { a } from "../gateway/edge/main.ts";'],
  ["gateway/edge/x.ts", 'import { a } from "../site/ingest.ts";'],
  ["gateway/edge/x.ts", 'import type { A } from "../site/ingest.ts";'],
  ["gateway/edge/x.ts", 'import { a } from "../../adapters/opcua/driver.ts";'],
  ["gateway/edge/x.ts", 'import { a } from "aedes";'],
  ["gateway/site/x.ts", 'import { a } from "../edge/outbox.ts";'],
  ["gateway/site/api/views/x.ts", 'import type { A } from "../../../edge/outbox.ts";'],
  ["gateway/site/x.ts", 'import { a } from "../../adapters/index.ts";'],
  ["gateway/site/x.ts", 'import { a } from "node-opcua-client";'],
  ["gateway/demo/opcua/x.ts", 'import { a } from "../../site/main.ts";'],
  ["dashboards/web/src/x.ts", 'import { a } from "../../../gateway/site/api/replies.ts";'],
  ["dashboards/web/src/x.ts", 'import type { A } from "../../../gateway/site/main.ts";'],
];
const ALLOWED: readonly (readonly [file: string, line: string])[] = [
  ["gateway/kpi/x.ts", 'import type { A } from "../config/schema.ts";'],
  ["gateway/kpi/x.ts", 'import { a } from "../model/units.ts";'],
  ["gateway/config/x.ts", 'import { a } from "../../adapters/modbus/options.ts";'],
  ["adapters/modbus/x.ts", 'import { a } from "../../gateway/model/units.ts";'],
  ["adapters/x.ts", 'import { a } from "../gateway/model/units.ts";'],
  ["gateway/edge/x.ts", 'import { a } from "../../adapters/index.ts";'],
  ["gateway/site/api/x.ts", 'import { a } from "../../kpi/ledger.ts";'],
  ["dashboards/web/src/x.ts", 'import type { A } from "../../../gateway/site/api/replies.ts";'],
];

const Report = z.object({ diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })) });

test("an import against the direction of the data fails the lint, and one along it does not", async () => {
  const folder = mkdtempSync(join(tmpdir(), "imports-"));
  try {
    cpSync(".oxlintrc.json", join(folder, ".oxlintrc.json"));
    symlinkSync(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
    const cases = [...FORBIDDEN, ...ALLOWED].map(([file, line], i) => {
      const own = file.replace("x.ts", `x${i}.ts`);
      mkdirSync(dirname(join(folder, own)), { recursive: true });
      writeFileSync(join(folder, own), `${line}\n`);
      return { own, line };
    });
    const linted = await lint(folder);
    const refused = cases.filter(({ own }) => linted.has(own)).map(({ line }) => line);
    expect(refused).toEqual(FORBIDDEN.map(([, line]) => line));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** The files in which a restricted import or global was found. */
function lint(folder: string): Promise<ReadonlySet<string>> {
  const oxlint = join(process.cwd(), "node_modules", "oxlint", "bin", "oxlint");
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [oxlint, "--format", "json"], { cwd: folder }, (_failed, out, err) => {
      const { success, data, error } = Report.safeParse(out.startsWith("{") ? JSON.parse(out) : {});
      if (!success) {
        reject(new Error(`oxlint did not report: ${out.slice(0, 500)} ${err}`, { cause: error }));
        return;
      }
      const restricted = data.diagnostics.filter(({ code }) => code.includes("no-restricted-"));
      resolve(new Set(restricted.map(({ filename }) => filename)));
    });
  });
}
