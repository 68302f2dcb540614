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

/** States that a device, a table or power bands can give; the other two follow from the calendar and from silence. */
export const MACHINE_STATES = LEDGER_STATES.filter((state) => state !== "unscheduled");
