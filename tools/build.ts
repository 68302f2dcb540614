/** Builds the pages into dashboards/web/dist and notes which sources they were built from. */
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";
import { DIST, PAGES, sourcesHash, STAMP } from "../gateway/cli/pages.ts";

// Built aside and put in place whole: a site that serves the old pages never shows half of each.
const aside = `${DIST}.${process.pid}`;
const old = `${aside}.old`;
try {
  const hash = sourcesHash();
  await build({ root: PAGES, logLevel: "warn", build: { outDir: aside, emptyOutDir: true } });
  writeFileSync(join(aside, STAMP), hash);
  if (existsSync(DIST)) renameSync(DIST, old);
  renameSync(aside, DIST);
} finally {
  for (const folder of [aside, old]) rmSync(folder, { recursive: true, force: true });
}
process.stdout.write("Built dashboards/web/dist.\n");
