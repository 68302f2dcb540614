"""Reads the demo's Modbus devices with pymodbus, as their manuals list the registers. Prints one JSON object."""

import json
import struct
import sys

from pymodbus.client import ModbusTcpClient

press_port, meter_port = int(sys.argv[1]), int(sys.argv[2])


def registers(client, kind, address, count, unit):
    read = client.read_input_registers if kind == "input" else client.read_holding_registers
    answer = read(address, count, unit)
    if answer.isError():
        return getattr(answer, "exception_code", -1)
    return answer.registers


def number(form, words):
    return struct.unpack(form, struct.pack(">%dH" % len(words), *words))[0]


press = ModbusTcpClient("127.0.0.1", port=press_port)
meters = ModbusTcpClient("127.0.0.1", port=meter_port)
assert press.connect() and meters.connect()
plc = registers(press, "holding", 100, 7, 1)
result = {
    "press": plc[:5],
    "force": number(">f", [plc[6], plc[5]]),
    "outside": registers(press, "holding", 200, 1, 1),
    "noSuchUnit": registers(meters, "holding", 3059, 2, 77),
    "wrongTable": registers(meters, "holding", 0x34, 2, 11),
}
for name, unit in (("saw", 11), ("press", 12)):
    result[name + "Power"] = number(">f", registers(meters, "input", 0x34, 2, unit))
    result[name + "Energy"] = number(">f", registers(meters, "input", 0x48, 2, unit))
for name, unit in (("mill", 13), ("packer", 14), ("main", 1)):
    result[name + "Power"] = number(">f", registers(meters, "holding", 3060 - 1, 2, unit))
    result[name + "Energy"] = number(">q", registers(meters, "holding", 3204 - 1, 4, unit))
written = press.write_register(100, 1, 1)
result["write"] = getattr(written, "exception_code", None)
print(json.dumps(result))
