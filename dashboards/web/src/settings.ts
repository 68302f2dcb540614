/** What one person chose in this browser: language and theme. Without a choice the plant and the device decide. */
import { effect, signal } from "@preact/signals";

export type Language = "nl" | "en";
export type Theme = "auto" | "light" | "dark";

const stored = (key: string): string | null => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // A kiosk may forbid storage; the pages then keep the choice until they are closed.
  }
};
const keep = (key: string, value: string): void => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // See stored().
  }
};

const chosen = stored("fieldlab.language");
export const chosenLanguage = signal<Language | null>(chosen === "nl" || chosen === "en" ? chosen : null);
/** Before the plant is known: what the browser asks for. */
export const plantLanguage = signal<Language>(
  typeof navigator !== "undefined" && navigator.language.startsWith("en") ? "en" : "nl",
);

const storedTheme = stored("fieldlab.theme");
export const theme = signal<Theme>(storedTheme === "light" || storedTheme === "dark" ? storedTheme : "auto");
export const dark = signal(false);

export function chooseLanguage(language: Language): void {
  chosenLanguage.value = language;
  keep("fieldlab.language", language);
}

export function chooseTheme(choice: Theme): void {
  theme.value = choice;
  keep("fieldlab.theme", choice);
}

/** Keeps the root element in step with the choices. */
export function applySettings(): void {
  const device = matchMedia("(prefers-color-scheme: dark)");
  const system = signal(device.matches);
  device.addEventListener("change", () => {
    system.value = device.matches;
  });
  effect(() => {
    dark.value = theme.value === "auto" ? system.value : theme.value === "dark";
    document.documentElement.dataset["theme"] = dark.value ? "dark" : "light";
  });
  effect(() => {
    document.documentElement.lang = chosenLanguage.value ?? plantLanguage.value;
  });
}
