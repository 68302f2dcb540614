/** What the gateway told by code, in the reader's language; without a code, or in English, as it came. */
import type { Parameters, Words } from "../../../../gateway/model/told.ts";
import { fill, language } from "./text.ts";
import { toldInDutch } from "./told.nl.ts";

interface Coded {
  readonly code?: string | undefined;
  readonly parameters?: Parameters | undefined;
}

const wordsOf = ({ code }: Coded): Words | undefined =>
  code === undefined || language.value === "en" ? undefined : toldInDutch[code];

const filled = (text: string | undefined, told: Coded, otherwise: string | null): string | null =>
  text === undefined ? otherwise : fill(text, told.parameters ?? {});

/** @param otherwise the English words that came with the code */
export const reasonTold = (told: Coded, otherwise: string): string =>
  filled(wordsOf(told)?.reason, told, otherwise) ?? otherwise;
export const adviceTold = (told: Coded, otherwise: string | null): string | null =>
  filled(wordsOf(told)?.advice, told, otherwise);
