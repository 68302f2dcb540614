/** A Modbus server that we did not write: pymodbus, over TCP or on one end of a virtual serial pair. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, startProcess, type Running } from "../system/processes.ts";
import { pathOf } from "./available.ts";
import { listens } from "./ports.ts";

/** The distribution's Python: the package is installed for no other. */
const PYTHON = "/usr/bin/python3";

/** Unit 1 holds what its comments say; unit 7 the same. Other units are ignored, as on a real bus. */
const SERVER = String.raw`
import struct, sys, logging
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusSparseDataBlock, ModbusSlaveContext, ModbusServerContext
import pymodbus.server as server
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer
kind, where = sys.argv[1], sys.argv[2]
def words(fmt, value):
    raw = struct.pack(fmt, value)
    return list(struct.unpack('>%dH' % (len(raw) // 2), raw))
holding = [0] * 400
def put(at, values):
    holding[at:at + len(values)] = values
put(0, [1234])
put(1, words('>h', -5))
put(2, words('>I', 305419896))
put(4, words('>i', -70000))
put(6, words('>f', 1.5))
put(8, words('>d', 12.3456789))
put(12, words('>q', 2**53 + 1))
put(16, words('>Q', 42))
put(20, list(reversed(words('>f', 1.5))))
put(22, [0b0000000000100000])
put(23, [0xFFFF])
put(24, words('>f', float('nan')))
put(200, [77])
def slave():
    sparse = ModbusSparseDataBlock({i: v for i, v in enumerate(holding) if not 100 <= i < 110})
    return ModbusSlaveContext(di=ModbusSequentialDataBlock(0, [1, 0] * 50), co=ModbusSequentialDataBlock(0, [0, 1] * 50),
        hr=sparse, ir=ModbusSequentialDataBlock(0, list(range(1000, 1100))), zero_mode=True)
context = ModbusServerContext(slaves={1: slave(), 7: slave()}, single=False)
if kind == 'tcp':
    server.StartTcpServer(context=context, address=('127.0.0.1', int(where)), ignore_missing_slaves=True)
elif kind == 'rtuOverTcp':
    server.StartTcpServer(context=context, framer=ModbusRtuFramer, address=('127.0.0.1', int(where)), ignore_missing_slaves=True)
else:
    # Nobody can see from outside that the line is open; it is opened first thing, and what is sent earlier waits in it.
    print('ready', flush=True)
    server.StartSerialServer(context=context, framer=ModbusRtuFramer, port=where, baudrate=19200, timeout=0.01, ignore_missing_slaves=True)
`;

export interface Pymodbus extends AsyncDisposable {
  readonly where: string;
}

export async function startPymodbus(kind: "tcp" | "rtuOverTcp", port: number): Promise<Pymodbus> {
  const server = python(kind, String(port));
  await eventually("pymodbus listens", () => listens(port));
  return { where: String(port), [Symbol.asyncDispose]: () => server.kill() };
}

/** `where` is the end of the pair that is ours. */
export async function startSerialPymodbus(): Promise<Pymodbus> {
  const folder = mkdtempSync(join(tmpdir(), "fieldlab-serial-"));
  const [ours, theirs] = [join(folder, "ours"), join(folder, "theirs")];
  const ends = [ours, theirs].map((link) => `pty,raw,echo=0,link=${link}`);
  const pair = startProcess(pathOf("socat"), ends);
  await eventually("socat makes the pair", () => (existsSync(ours) && existsSync(theirs) ? true : undefined));
  const server = python("rtu", theirs);
  await eventually("pymodbus opens the line", () => (server.output().includes("ready") ? true : undefined));
  return {
    where: ours,
    async [Symbol.asyncDispose]() {
      await server.kill();
      await pair.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const python = (...args: string[]): Running => startProcess(PYTHON, ["-c", SERVER, ...args]);
