/** What is wrong in a configuration file, where, and what to do about it. */

/** One step into the file: a key of a mapping or an index of a list. */
export type Step = string | number;

/** A finding before it has a place: `keys` means that the last step's key itself is meant, not its value. */
export interface Finding {
  readonly path: readonly Step[];
  readonly message: string;
  readonly advice?: string | undefined;
  readonly at?: "key" | "value";
  /** The finding is that something is not there; it says nothing when that was taken out because it is wrong itself. */
  readonly absence?: boolean;
}

export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Dotted, such as `connections.press.tags.good count.type`; empty when the whole file is meant. */
  readonly path: string;
  /** What was expected and what was found. Never a secret. */
  readonly message: string;
  readonly advice?: string | undefined;
}

export const pathText = (path: readonly Step[]): string =>
  path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");

/** As compilers write it, so that editors and people find the place. */
export function formatProblem({ file, line, column, path, message, advice }: Problem): string {
  const head = `${file}:${line}:${column}${path === "" ? "" : `  ${path}`}`;
  return [head, `    ${message}`, ...(advice === undefined ? [] : [`    → ${advice}`])].join("\n");
}
