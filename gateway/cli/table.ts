/** Rows as aligned text. */

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Columns that are empty in every row are left out. Widest cell decides; the last column is not padded. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const kept = columns
    .map((column, i) => ({ ...column, i }))
    .filter(({ i, title }) => title === "" || rows.some((row) => (row[i] ?? "") !== ""));
  const lines = [kept.map(({ title }) => title), ...rows.map((row) => kept.map(({ i }) => printable(row[i] ?? "")))];
  const widths = kept.map((_, c) => Math.max(...lines.map((line) => (line[c] ?? "").length)));
  return lines
    .map((line) =>
      line
        .map((cell, c) => pad(cell, widths[c] ?? 0, kept[c]?.align))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
    .concat("\n");
}

const pad = (text: string, width: number, align: Column["align"]): string =>
  align === "right" ? text.padStart(width) : text.padEnd(width);

/** What machines say may hold anything; a terminal obeys control characters. */
// oxlint-disable-next-line no-control-regex -- control characters are what must go
export const printable = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "�");

/** 8:05:09 */
export function hours(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** 12 s, 5 min, 3 h: for ages, where the second does not matter. */
export function age(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

export const percent = (ratio: number | null): string => (ratio === null ? "–" : `${(ratio * 100).toFixed(1)} %`);
