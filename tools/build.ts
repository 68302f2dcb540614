/** Builds the pages into dashboards/web/dist and notes which sources they were built from. */
import { writeFileSync } from "node:fs";
import { build } from "vite";
import { PAGES, sourcesHash, STAMP } from "../gateway/cli/pages.ts";

const hash = sourcesHash();
await build({ root: PAGES, logLevel: "warn", build: { emptyOutDir: true } });
writeFileSync(STAMP, hash);
process.stdout.write("Built dashboards/web/dist.\n");
