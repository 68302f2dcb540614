/** What a Modbus connection can tell, in English; the pages translate by code. */
import type { Words } from "../../gateway/model/told.ts";

const AGAIN = "It is tried again by itself.";
const UNIT_ANSWERS =
  "Check the unit id (often 1, 0 or 255) and that no other program holds the device's only connection.";
const UNIT_ON_BUS =
  "Check the unit id, speed and parity, the wires A and B, the termination, and that no second master uses the bus.";

export const modbusWords = {
  "modbus.wrongTable": {
    reason: "the device does not know this kind of register (exception 1)",
    advice: 'Try the other table: "input" instead of "holding", or the reverse.',
  },
  "modbus.noRegister": {
    reason: "the device has no such register (exception 2)",
    advice:
      "Compare with the manual; numbers such as 40101 count from 1, holding 100 from 0. Check the unit id and, for a value of more than one register, its type.",
  },
  "modbus.count": {
    reason: "the device refuses this number of registers (exception 3)",
    advice: "Lower maxRegisters, or choose the type that the manual gives for this register.",
  },
  "modbus.failure": {
    reason: "the device reports a failure of its own (exception 4)",
    advice: "Look at the device: its display or log says why.",
  },
  "modbus.working": {
    reason: "unit {unit}: the device is still working on it (exception 5)",
    advice: "It is asked again by itself.",
  },
  "modbus.busy": {
    reason: "unit {unit}: the device is busy (exception 6)",
    advice: "It is asked again by itself; a longer interval leaves it more time.",
  },
  "modbus.noPath": {
    reason: "unit {unit}: the gateway has no path to this unit (exception 10)",
    advice: "Check the unit id, and in the gateway's settings which serial line it belongs to.",
  },
  "modbus.noTarget": {
    reason: "unit {unit}: the device behind the gateway does not answer (exception 11)",
    advice: "Check its power and wiring, and that its unit id, speed and parity are those of the bus.",
  },
  "modbus.exception": {
    reason: "the device answers with exception {exception}",
    advice: "The manual of the device says what this exception means.",
  },
  "modbus.silent": { reason: "unit {unit}: {detail}", advice: UNIT_ANSWERS },
  "modbus.silentOnBus": { reason: "unit {unit}: {detail}", advice: UNIT_ON_BUS },
  "modbus.refused": {
    reason: "{where}: {detail}",
    advice: "The device is there but Modbus TCP is not: switch it on, or check the port.",
  },
  "modbus.unknownHost": {
    reason: "{where}: {detail}",
    advice: "This name is not known on the network: check it, or use the IP address.",
  },
  "modbus.unreachable": {
    reason: "{where}: {detail}",
    advice: "Check the address, the cable, the device's power, and that a firewall lets the port through.",
  },
  "modbus.hangsUp": {
    reason: "{where}: {detail}",
    advice: "The device hangs up: it may allow one connection only, so close other programs that read it.",
  },
  "modbus.serialForbidden": {
    reason: "{where}: {detail}",
    advice: "Add the gateway's user to the group dialout and start it again.",
  },
  "modbus.serialTaken": {
    reason: "{where}: {detail}",
    advice: "Another program has the serial device open: stop it.",
  },
  "modbus.serialAbsent": {
    reason: "{where}: {detail}",
    advice: "The serial device is not there: check the adapter; names under /dev/serial/by-id stay the same.",
  },
  "modbus.other": { reason: "{where}: {detail}", advice: AGAIN },
} as const satisfies Readonly<Record<string, Words>>;
