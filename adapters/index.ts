/** The protocols that this gateway speaks: adding one is a folder here and a line in this file. */
export { OpcuaConnection } from "./opcua/options.ts";
export { ModbusConnection } from "./modbus/options.ts";
