/** Whether the pages in dashboards/web/dist belong to their sources, and building them when they do not. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ends, EXIT } from "./exit.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const PAGES = join(ROOT, "dashboards", "web");
export const DIST = join(PAGES, "dist");
/** Lies in the built folder and holds the hash of the sources that it was built from. */
export const STAMP = "sources.sha256";

/** What the pages are made of: their folder, the contracts that they import, and the tools that the lockfile pins. */
const SOURCES = ["dashboards/web", "gateway/model", "gateway/site/api/replies.ts", "package-lock.json"];

export function sourcesHash(): string {
  const hash = createHash("sha256");
  for (const file of SOURCES.flatMap((source) => filesOf(join(ROOT, source)))) {
    hash.update(file.slice(ROOT.length)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  if (/\.\w+$/.test(path)) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(DIST))
    .sort();
}

/** An installation without sources (a container, a package) brings its pages along. */
const isFresh = (): boolean =>
  !existsSync(join(PAGES, "index.html")) ||
  (existsSync(join(DIST, STAMP)) && readFileSync(join(DIST, STAMP), "utf8") === sourcesHash());

/** Builds the pages unless they are fresh. Ends the command with what the build said when it fails. */
export async function ensurePages(say: (line: string) => void, signal: AbortSignal): Promise<void> {
  if (isFresh()) return;
  const began = performance.now();
  say("Building the pages …");
  const build = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(ROOT, "tools", "build.ts")], {
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  let output = "";
  for (const stream of [build.stdout, build.stderr]) {
    stream.on("data", (data: Buffer) => {
      output = (output + data.toString()).slice(-20_000);
    });
  }
  const code = await new Promise<number | null>((resolve) => {
    build.once("error", () => resolve(null));
    build.once("close", resolve);
  });
  signal.throwIfAborted();
  if (code !== 0) throw new Ends(EXIT.failed, `${output}\nThe pages could not be built: see above.`);
  say(`Pages built in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
}
