/** `npm run check`: everything that can be known without running the program. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

interface Check {
  readonly name: string;
  readonly args: readonly string[];
}

const checks: readonly Check[] = [
  { name: "types", args: [bin("typescript", "tsc"), "-p", "."] },
  { name: "lint", args: [bin("oxlint", "oxlint"), "--type-aware"] },
  { name: "format", args: [bin("oxfmt", "oxfmt"), "--check"] },
  { name: "unused code", args: [bin("knip", "knip"), "--no-progress"] },
  { name: "generated files", args: ["tools/docs.ts", "--check"] },
];

/** The program behind a package's command, so that it runs in the pinned Node. */
function bin(name: string, command: string): string {
  const manifest = join(ROOT, "node_modules", name, "package.json");
  const file = existsSync(manifest) ? manifest : createRequire(import.meta.url).resolve(`${name}/package.json`);
  const Manifest = z.object({ bin: z.union([z.string(), z.record(z.string(), z.string())]) });
  const { bin: programs } = Manifest.parse(JSON.parse(readFileSync(file, "utf8")));
  const path = typeof programs === "string" ? programs : programs[command];
  if (path === undefined) throw new Error(`package ${name} has no command ${command}`);
  return join(dirname(file), path);
}

async function run({ name, args }: Check): Promise<boolean> {
  const began = performance.now();
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => {
      output += data.toString();
    });
  }
  const code = await new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (code !== 0) process.stdout.write(output);
  process.stdout.write(`${code === 0 ? "ok    " : "FAILED"}  ${name} (${seconds} s)\n`);
  return code === 0;
}

let failed = 0;
for (const check of checks) if (!(await run(check))) failed += 1;
process.stdout.write(failed === 0 ? "All checks pass.\n" : `${failed} of ${checks.length} checks failed.\n`);
process.exitCode = failed === 0 ? 0 : 1;
