#!/usr/bin/env node
/**
 * The way in for every npm script: makes sure that what the lockfile asks for is installed, then becomes the pinned
 * Node and runs the command. Plain JavaScript without dependencies, so that any Node from 20 on can start it.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "node_modules", ".fieldlab-lock");
const [command = "help", ...rest] = process.argv.slice(2);

/** Commands for developers; everything else is the product's command line. */
const tools = {
  test: (args) => ["node_modules/vitest/vitest.mjs", "run", ...args],
  bench: (args) => ["tools/bench/main.ts", ...args],
  build: () => ["tools/build.ts"],
  docs: (args) => ["tools/docs.ts", ...args],
  "check-code": () => ["tools/check.ts"],
};

install();
become(tools[command]?.(rest) ?? ["gateway/cli/main.ts", command, ...rest]);

/** Installs when the lockfile is not the one that was installed last; one at a time, as npm would wreck the other's work. */
function install() {
  if (isInstalled()) return;
  const release = takeTurn();
  try {
    if (!isInstalled()) installNow();
  } finally {
    release();
  }
}

function lockOfPackages() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === lockOfPackages();
}

/** Waits until no other command installs here; one that died while it did is passed over. */
function takeTurn() {
  const name = createHash("sha256").update(root).digest("hex").slice(0, 16);
  const file = join(tmpdir(), `fieldlab-install-${name}`);
  for (let told = false; ; told = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!isAlive(file)) rmSync(file, { force: true });
    else if (!told) process.stderr.write("Another command installs the packages; waiting for it …\n");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  }
}

function isAlive(file) {
  try {
    // After so long its number may have passed to another process.
    if (Date.now() - statSync(file).mtimeMs > 600_000) return false;
    process.kill(Number(readFileSync(file, "utf8")) || -1, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function installNow() {
  process.stderr.write("Installing packages from the lockfile (about half a minute the first time) …\n");
  const started = Date.now();
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (npm.status !== 0) {
    process.stderr.write(
      "npm ci failed: see above. It needs the npm registry; check the network or proxy and try again.\n",
    );
    process.exit(npm.status ?? 1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lockOfPackages());
  process.stderr.write(`Installed in ${((Date.now() - started) / 1000).toFixed(0)} s.\n`);
}

/** The Node that the lockfile pins for this machine; refuses platforms that it has no build for. */
function pinnedNode() {
  const name = `node-linux-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "bin", "node");
  } catch {
    const major = Number(process.versions.node.split(".")[0]);
    if (major === 24) return process.execPath;
    process.stderr.write(
      `There is no pinned Node for ${process.platform}-${process.arch} and this is Node ${process.versions.node}. ` +
        "Use Linux on x64 or arm64, or install Node 24 yourself.\n",
    );
    process.exit(1);
  }
}

/** Runs the command in our place: same terminal, same signals, same exit code. */
function become(args) {
  const child = spawn(pinnedNode(), ["--disable-warning=ExperimentalWarning", ...args], {
    cwd: root,
    stdio: "inherit",
  });
  // The terminal sends Ctrl-C to the whole group; only what is sent to us alone must be handed on.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
}
