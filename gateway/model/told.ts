/** What is told to people: a code with parameters, by which a page finds the words of its language, beside the English. */
import { z } from "zod";

/** English words of one code; `{name}` stands for a parameter. */
export interface Words {
  readonly reason: string;
  /** What the reader can do about it; absent where there is nothing to do. */
  readonly advice?: string;
}
export type Parameters = Readonly<Record<string, string | number>>;

/** Longest parameter: the texts of libraries and devices have no limit of their own. */
const MAX_PARAMETER = 300;

/** Optional, because what an older edge told has none: its English words are shown then. */
export const meaning = {
  code: z.string().max(60).optional().describe("Says in which words a page may tell it"),
  parameters: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .optional()
    .describe("What the words of the code need"),
};

export interface Told {
  readonly code: string;
  readonly parameters: Parameters;
  readonly reason: string;
  readonly advice: string;
}

/** A parameter that is missing stays visible, so that nobody overlooks it. */
export const fill = (text: string, parameters: Parameters): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole));

/** The words of one table, filled. */
export const telling =
  <Code extends string>(table: Readonly<Record<Code, Words>>) =>
  (code: Code, given: Parameters = {}): Told => {
    const parameters = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [
        name,
        typeof value === "string" ? value.slice(0, MAX_PARAMETER) : value,
      ]),
    );
    const { reason, advice = "" } = table[code];
    return { code, parameters, reason: fill(reason, parameters), advice: fill(advice, parameters) };
  };

/** Code and parameters of what may have been told by an older edge. */
export const meaningOf = ({
  code,
  parameters = {},
}: {
  readonly code?: string | undefined;
  readonly parameters?: Parameters | undefined;
}): { code: string; parameters: Record<string, string | number> } | Record<string, never> =>
  code === undefined ? {} : { code, parameters: { ...parameters } };
