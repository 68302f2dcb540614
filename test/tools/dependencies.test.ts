/** What the decision on dependencies says is what package.json holds. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";

const Versions = z.record(z.string(), z.string());
const Manifest = z.object({
  dependencies: Versions,
  devDependencies: Versions,
  optionalDependencies: Versions,
  allowScripts: z.record(z.string(), z.literal(false)),
});
const manifest = Manifest.parse(JSON.parse(readFileSync("package.json", "utf8")));
const decision = readFileSync("docs/decisions/0001-record-decisions.md", "utf8");
/** More would be a tree that nobody can look over. */
const MOST_PACKAGES = 400;

/** The first column of the table; after a scoped package its siblings stand without their scope. */
function listed(): readonly string[] {
  const [, table = ""] = /\|---\|---\|---\|\n((?:\|.*\n)+)/.exec(decision) ?? [];
  const known = Object.keys(manifest.dependencies);
  return table
    .trimEnd()
    .split("\n")
    .flatMap((row) => (row.split("|")[1] ?? "").replace("(optional)", "").split(","))
    .map((name) => name.trim())
    .map((name) => (known.includes(name) ? name : (known.find((full) => full === `@fastify/${name}`) ?? name)));
}

test("every package that runs has its line in the decision, and no other", () => {
  const used = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.optionalDependencies)];
  expect([...listed()].toSorted()).toEqual(used.toSorted());
});

test("every package for development is named there too", () => {
  const missing = Object.keys(manifest.devDependencies).filter(
    (name) => !name.startsWith("@types/") && !decision.includes(name),
  );
  expect(missing).toEqual([]);
});

test("versions are exact, no package runs a script at installation, and the tree stays small", () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  const Lock = z.object({
    packages: z.record(z.string(), z.looseObject({ hasInstallScript: z.boolean().optional() })),
  });
  const { packages } = Lock.parse(JSON.parse(readFileSync("package-lock.json", "utf8")));
  const withScript = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
  const names = withScript.map(([path]) => path.replace(/^.*node_modules\//, ""));
  expect(names.filter((name) => !(name in manifest.allowScripts) && name !== "fsevents")).toEqual([]);
  // What is installed here; other platforms' variants stand in the lockfile too.
  const installed = readFileSync("node_modules/.package-lock.json", "utf8").match(/^ {4}"node_modules\//gm) ?? [];
  expect(installed.length).toBeLessThan(MOST_PACKAGES);
});
