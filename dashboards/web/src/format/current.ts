/** The formats and names of the plant that is shown, in the language that is chosen. */
import { computed } from "@preact/signals";
import { session } from "../api/session.ts";
import { language } from "../text/text.ts";
import { formats } from "./format.ts";

export const plant = computed(() => (session.value.kind === "in" ? session.value.plant : null));
export const timeZone = computed(() => plant.value?.timeZone ?? "UTC");
export const format = computed(() => formats(language.value, timeZone.value));
export const nameOf = (machine: string): string =>
  plant.value?.machines.find((known) => known.id === machine)?.name ?? machine;
