"""A Modbus TCP server (pymodbus) whose input registers 0..N-1 all change many times a second: the load of the fault tests."""
import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncTcpServer


async def count(block, size):
    value = 0
    while True:
        value = (value + 1) % 65536
        block.setValues(1, [(value + i) % 65536 for i in range(size)])
        await asyncio.sleep(0.02)


async def main():
    port, size = int(sys.argv[1]), int(sys.argv[2])
    block = ModbusSequentialDataBlock(0, [0] * (size + 1))
    context = ModbusServerContext(slaves=ModbusSlaveContext(ir=block, zero_mode=False), single=True)
    counting = asyncio.create_task(count(block, size))
    await StartAsyncTcpServer(context=context, address=("127.0.0.1", port))
    counting.cancel()


asyncio.run(main())
