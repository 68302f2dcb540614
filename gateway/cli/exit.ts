/** Exit codes that scripts can rely on. */

export const EXIT = { ok: 0, failed: 1, usage: 2, refused: 3, unreachable: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: "it worked",
  1: "it failed: the message says why",
  2: "the command line was wrong",
  3: "the configuration or an import file was refused: nothing was changed",
  4: "the gateway does not run, or the device or address cannot be reached",
};

/** An expected end of a command: its message is for the reader, without a stack. */
export class Ends extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
