/** The words on the screen: one file per language with the same keys, chosen by person or plant. */
import { computed } from "@preact/signals";
import { chosenLanguage, plantLanguage } from "../settings.ts";
import { en, type Texts } from "./en.ts";
import { nl } from "./nl.ts";

export type TextKey = keyof Texts;
type Parameters = Readonly<Record<string, string | number>>;

export const texts = { en, nl } as const;
export const language = computed(() => chosenLanguage.value ?? plantLanguage.value);

/** Fills `{name}`; a parameter that is missing stays visible, so that nobody overlooks it. */
export function fill(text: string, parameters: Parameters): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole));
}

export const t = (key: TextKey, parameters: Parameters = {}): string => fill(texts[language.value][key], parameters);
