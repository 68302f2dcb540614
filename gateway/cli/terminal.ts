/** The terminal of `start`: lines, and one line of progress below them that renews itself. */

/** Not on a terminal a step is told in quarters: enough for a log. */
const PARTS = 4;

export interface Terminal {
  /** To standard output: what scripts read. */
  readonly print: (line: string) => void;
  /** To standard error: what people read. */
  readonly say: (line: string) => void;
  readonly progress: (step: string, text: string, fraction: number) => void;
  readonly close: () => void;
}

export function openTerminal(): Terminal {
  const live = process.stderr.isTTY;
  const steps = new Map<string, { text: string; part: number }>();
  const clear = () => {
    if (live && steps.size > 0) process.stderr.write("\r\u001b[K");
  };
  const draw = () => {
    if (live && steps.size > 0) process.stderr.write([...steps.values()].map(({ text }) => text).join("  "));
  };
  return {
    print: (line) => {
      clear();
      process.stdout.write(`${line}\n`);
      draw();
    },
    say: (line) => {
      clear();
      process.stderr.write(`${line}\n`);
      draw();
    },
    progress: (step, label, fraction) => {
      const part = Math.floor(Math.min(1, fraction) * PARTS);
      const known = steps.get(step);
      const text = `${label} ${Math.floor(fraction * 100)} %`;
      clear();
      if (!live && known?.part !== part) process.stderr.write(`${text}\n`);
      if (live && fraction >= 1) process.stderr.write(`${text}\n`);
      if (fraction >= 1 && live) steps.delete(step);
      else steps.set(step, { text, part });
      draw();
    },
    close: clear,
  };
}
