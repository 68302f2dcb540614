/** The YAML text: parsed within bounds, and able to say where each value stands. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from "yaml";
import type { Finding, Problem, Step } from "./problem.ts";
import { pathText } from "./problem.ts";

/** A plant of ten thousand tags is about 1 MB; more than this is no configuration. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** Nodes that aliases may unfold to: enough to share a block between machines, far too few for a bomb. */
const MAX_ALIASES = 200;

export interface Source {
  readonly file: string;
  readonly data: unknown;
  /** The finding with its line and column. */
  readonly place: (finding: Finding) => Problem;
}

const ADVICE_BY_CODE: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "a name may stand here once: join the two blocks or rename one of them",
  TAB_AS_INDENT: "indent with spaces; YAML does not allow tabs there",
  BAD_INDENT: "lines of one block begin in the same column; brackets that are opened are closed",
  MISSING_CHAR: "a key is followed by a colon and a space; quotes and brackets are closed",
  TAG_RESOLVE_FAILED: "write the plain value; tags such as !include or !!js are not used here",
  MULTIPLE_DOCS: 'keep one plant per file: remove the line "---"',
};

/** Reads the text; what YAML itself refuses comes back as problems. */
export function parseYaml(file: string, text: string): Source | { readonly problems: readonly Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: "core",
    version: "1.2",
    uniqueKeys: true,
    stringKeys: true,
  });
  // A warning is a tag that this schema does not know: its value would silently become plain text.
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return {
      problems: faults.map((fault) => {
        const { line, col } = lines.linePos(fault.pos[0]);
        // Without its first capital and the full stop it reads like our own messages.
        const message = fault.message.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
        return {
          file,
          line,
          column: col,
          path: "",
          message: `not YAML: ${message}`,
          advice: ADVICE_BY_CODE[fault.code],
        };
      }),
    };
  }
  const place = (finding: Finding): Problem => {
    const { line, col } = lines.linePos(offsetOf(document, finding));
    return { file, line, column: col, path: pathText(finding.path), message: finding.message, advice: finding.advice };
  };
  try {
    return { file, data: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown, place };
  } catch {
    return {
      problems: [
        {
          file,
          line: 1,
          column: 1,
          path: "",
          message: `aliases (*name) unfold to more than ${MAX_ALIASES} nodes`,
          advice: "write the repeated blocks out",
        },
      ],
    };
  }
}

/** Offset of the value, or of its key; where the value is missing, of the nearest thing around it that is there. */
function offsetOf(document: Document.Parsed, { path, at }: Finding): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, step] of path.entries()) {
    const child = childOf(document, node, step);
    if (child === undefined) return offset;
    const last = index === path.length - 1;
    // What is missing inside a block is reported at the key of the block: that is the line people look for.
    offset = last && at !== "key" && isScalar(child.value) ? (child.value.range?.[0] ?? child.offset) : child.offset;
    node = child.value;
  }
  return offset;
}

function childOf(
  document: Document.Parsed,
  parent: Node | null,
  step: Step,
): { value: Node | null; offset: number } | undefined {
  const node = isAlias(parent) ? (parent.resolve(document) ?? null) : parent;
  if (isMap<Node, Node | null>(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    return pair === undefined ? undefined : { value: pair.value, offset: pair.key.range?.[0] ?? 0 };
  }
  if (isSeq<Node>(node)) {
    const item = node.items[Number(step)];
    return item === undefined ? undefined : { value: item, offset: item.range?.[0] ?? 0 };
  }
  return undefined;
}
