/** The protocols that this gateway speaks: adding one is a folder here and a line in this file. */
import type { Protocol } from "../gateway/model/protocol.ts";
import { ModbusConnection } from "./modbus/options.ts";
import { OpcuaConnection } from "./opcua/options.ts";

export { ModbusConnection, OpcuaConnection };

/** The drivers are loaded when they run: `fieldlab check` needs the schemas alone and must start fast. */
export const protocols: {
  readonly opcua: Protocol<OpcuaConnection>;
  readonly modbus: Protocol<ModbusConnection>;
} = {
  opcua: {
    name: "opcua",
    connection: OpcuaConnection,
    run: async (connection, context, signal) => {
      const { runOpcua } = await import("./opcua/driver.ts");
      await runOpcua(connection, context, signal);
    },
  },
  modbus: {
    name: "modbus",
    connection: ModbusConnection,
    run: async (connection, context, signal) => {
      const { runModbus } = await import("./modbus/driver.ts");
      await runModbus(connection, context, signal);
    },
  },
};
