/** What to tell the person in front of a Modbus device that does not answer as it should. Pure. */
import type { ModbusConnection } from "./options.ts";
import type { Register } from "./register.ts";

export interface Explained {
  readonly reason: string;
  readonly advice: string;
}

const EXCEPTIONS: Readonly<Record<number, Explained>> = {
  1: {
    reason: "the device does not know this kind of register (exception 1)",
    advice: 'Try the other table: "input" instead of "holding", or the reverse.',
  },
  2: {
    reason: "the device has no such register (exception 2)",
    advice:
      "Compare with the manual; numbers such as 40101 count from 1, holding 100 from 0. Check the unit id and, for a value of more than one register, its type.",
  },
  3: {
    reason: "the device refuses this number of registers (exception 3)",
    advice: "Lower maxRegisters, or choose the type that the manual gives for this register.",
  },
  4: {
    reason: "the device reports a failure of its own (exception 4)",
    advice: "Look at the device: its display or log says why.",
  },
  5: { reason: "the device is still working on it (exception 5)", advice: "It is asked again by itself." },
  6: {
    reason: "the device is busy (exception 6)",
    advice: "It is asked again by itself; a longer interval leaves it more time.",
  },
  10: {
    reason: "the gateway has no path to this unit (exception 10)",
    advice: "Check the unit id, and in the gateway's settings which serial line it belongs to.",
  },
  11: {
    reason: "the device behind the gateway does not answer (exception 11)",
    advice: "Check its power and wiring, and that its unit id, speed and parity are those of the bus.",
  },
};

export const explainException = (code: number): Explained =>
  EXCEPTIONS[code] ?? {
    reason: `the device answers with exception ${code}`,
    advice: "The manual of the device says what this exception means.",
  };

export const explainSilence = (connection: ModbusConnection, unitId: number, reason: string): Explained => ({
  reason: `unit ${unitId}: ${reason}`,
  advice:
    connection.transport === "tcp"
      ? "Check the unit id (often 1, 0 or 255) and that no other program holds the device's only connection."
      : "Check the unit id, speed and parity, the wires A and B, the termination, and that no second master uses the bus.",
});

/** @param reason the system's message */
export function explainConnection(connection: ModbusConnection, reason: string): Explained {
  const where = connection.transport === "rtu" ? connection.path : `${connection.host}:${connection.port}`;
  return { reason: `${where}: ${reason}`, advice: connectionAdvice(connection, reason) };
}

function connectionAdvice(connection: ModbusConnection, reason: string): string {
  if (/ECONNREFUSED/.test(reason)) return "The device is there but Modbus TCP is not: switch it on, or check the port.";
  if (/ENOTFOUND|EAI_AGAIN/.test(reason))
    return "This name is not known on the network: check it, or use the IP address.";
  if (/EHOSTUNREACH|ENETUNREACH|no connection within|ETIMEDOUT/.test(reason)) {
    return "Check the address, the cable, the device's power, and that a firewall lets the port through.";
  }
  if (/closed the connection|ECONNRESET|EPIPE/.test(reason)) {
    return "The device hangs up: it may allow one connection only, so close other programs that read it.";
  }
  if (connection.transport === "rtu") {
    if (/Permission|EACCES/i.test(reason)) return "Add the gateway's user to the group dialout and start it again.";
    if (/lock/i.test(reason)) return "Another program has the serial device open: stop it.";
    if (/No such file|ENOENT|cannot open/i.test(reason)) {
      return "The serial device is not there: check the adapter; names under /dev/serial/by-id stay the same.";
    }
  }
  return "It is tried again by itself.";
}

const NAMES = { coil: "coil", discrete: "discrete", input: "input", holding: "holding" } as const;
export const shownRegisters = ({ table, address }: Register, count: number): string =>
  count === 1 ? `${NAMES[table]} ${address}` : `${NAMES[table]} ${address}–${address + count - 1}`;
