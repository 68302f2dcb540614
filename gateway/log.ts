/** One JSON line per event; a process writes what happened, never a secret and never a value per sample. */
import { pino, type Logger } from "pino";

export type Log = Logger;

/** @param level trace, debug, info, warn, error, fatal or silent; FIELDLAB_LOG sets it for all processes */
export const createLog = (name: string, level = process.env["FIELDLAB_LOG"] ?? "info"): Log =>
  pino({ name, level, redact: ["password", "token", "*.password", "*.token"] });
