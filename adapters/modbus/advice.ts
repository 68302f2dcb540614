/** What to tell the person in front of a Modbus device that does not answer as it should. Pure. */
import { telling, type Told } from "../../gateway/model/told.ts";
import type { ModbusConnection } from "./options.ts";
import type { Register } from "./register.ts";
import { modbusWords } from "./words.ts";

const tell = telling(modbusWords);
type Code = keyof typeof modbusWords;

const EXCEPTIONS: Readonly<Record<number, Code>> = {
  1: "modbus.wrongTable",
  2: "modbus.noRegister",
  3: "modbus.count",
  4: "modbus.failure",
  5: "modbus.working",
  6: "modbus.busy",
  10: "modbus.noPath",
  11: "modbus.noTarget",
};

export const explainException = (exception: number, unit: number): Told =>
  tell(EXCEPTIONS[exception] ?? "modbus.exception", { exception, unit });

export const explainSilence = (connection: ModbusConnection, unit: number, detail: string): Told =>
  tell(connection.transport === "tcp" ? "modbus.silent" : "modbus.silentOnBus", { unit, detail });

/** Known causes by what the system's message contains, the telling ones first. */
const CAUSES: readonly (readonly [RegExp, Code])[] = [
  [/ECONNREFUSED/, "modbus.refused"],
  [/ENOTFOUND|EAI_AGAIN/, "modbus.unknownHost"],
  [/EHOSTUNREACH|ENETUNREACH|no connection within|ETIMEDOUT/, "modbus.unreachable"],
  [/closed the connection|ECONNRESET|EPIPE/, "modbus.hangsUp"],
];
const SERIAL_CAUSES: readonly (readonly [RegExp, Code])[] = [
  [/Permission|EACCES/i, "modbus.serialForbidden"],
  [/lock/i, "modbus.serialTaken"],
  [/No such file|ENOENT|cannot open/i, "modbus.serialAbsent"],
];

/** @param detail the system's message */
export function explainConnection(connection: ModbusConnection, detail: string): Told {
  const where = connection.transport === "rtu" ? connection.path : `${connection.host}:${connection.port}`;
  const causes = connection.transport === "rtu" ? [...CAUSES, ...SERIAL_CAUSES] : CAUSES;
  return tell(causes.find(([pattern]) => pattern.test(detail))?.[1] ?? "modbus.other", { where, detail });
}

const NAMES = { coil: "coil", discrete: "discrete", input: "input", holding: "holding" } as const;
export const shownRegisters = ({ table, address }: Register, count: number): string =>
  count === 1 ? `${NAMES[table]} ${address}` : `${NAMES[table]} ${address}–${address + count - 1}`;
