/** What a command is: one declaration gives its parsing, its --help and its page in docs/cli.md. */
import type { ExitCode } from "./exit.ts";

export interface Option {
  /** Word for the value, such as "file"; absent: a switch. */
  readonly value?: string;
  /** May be given more than once. */
  readonly repeated?: boolean;
  readonly says: string;
}

export interface Argument {
  readonly name: string;
  readonly says: string;
  readonly optional?: boolean;
}

export interface Example {
  readonly line: string;
  readonly says: string;
}

/** The words after the command, checked against its declaration. */
export interface Given {
  readonly words: readonly string[];
  readonly text: (option: string) => string | undefined;
  readonly all: (option: string) => readonly string[];
  readonly flag: (option: string) => boolean;
}

export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  readonly says: string;
  /** Run by `start` as a process of its own; also usable alone. */
  readonly process?: boolean;
  readonly words?: readonly Argument[];
  readonly options: Readonly<Record<string, Option>>;
  readonly examples: readonly Example[];
  /** Loaded when it runs: the command line itself stays fast. */
  readonly load: () => Promise<{ readonly run: (given: Given) => Promise<ExitCode> }>;
}
