/** The ledger's states. Names after ISO 22400-2; device states are mapped onto them by table. */

export const LEDGER_STATES = [
  "producing",
  "setup",
  "breakdown",
  "minorStop",
  "starved",
  "blocked",
  "idle",
  "plannedStop",
  "unscheduled",
  "unknown",
] as const;
export type LedgerState = (typeof LEDGER_STATES)[number];
