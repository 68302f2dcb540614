/** What the configuration says of a Modbus device or gateway and of the registers read from it. */
import { z } from "zod";
import { Interval, TagName, tagFields } from "../../gateway/model/quantity.ts";
import { millis } from "../../gateway/model/units.ts";
import { parseRegister } from "./register.ts";

export const ModbusTag = z.strictObject({
  ...tagFields,
  unitId: z.int().min(0).max(255).default(1).describe("Unit (slave) id behind the connection"),
  register: z
    .union([z.string(), z.int()])
    .transform((text, context) => {
      const register = parseRegister(String(text));
      if (register !== undefined) return register;
      context.addIssue({
        code: "custom",
        message: `expected a register such as "holding 100" (counted from 0), "input 0x34" or the manual's 40101; found "${text}"`,
      });
      return z.NEVER;
    })
    .describe(
      '"holding 100", "input 0x34", "coil 3", "discrete 7" count from 0 as on the wire; 40101 or 300053 count from 1 as in manuals',
    ),
  type: z
    .enum(["bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"])
    .default("uint16"),
  order: z
    .enum(["ABCD", "CDAB", "BADC", "DCBA"])
    .default("ABCD")
    .describe("Byte order of a value: ABCD big endian, CDAB words swapped, BADC bytes swapped, DCBA both"),
  bit: z
    .int()
    .min(0)
    .max(15)
    .optional()
    .describe("One bit of a register, 0 is the lowest; the value is then true or false"),
  notAvailable: z
    .array(z.number())
    .max(8)
    .default([])
    .describe("Raw numbers by which the device says that it has no value"),
  interval: Interval.default(millis(1_000)),
});
export type ModbusTag = z.output<typeof ModbusTag>;

const common = {
  protocol: z.literal("modbus"),
  timeout: Interval.default(millis(1_000)).describe("How long to wait for one answer"),
  maxRegisters: z
    .int()
    .min(1)
    .max(125)
    .default(125)
    .describe("Most registers in one request; some devices allow far fewer"),
  mergeGap: z.int().min(0).max(100).default(0).describe("Unused registers that one request may read across"),
  tags: z.record(TagName, ModbusTag),
};
const serial = {
  baudRate: z.int().min(300).max(1_000_000).default(9600),
  parity: z.enum(["none", "even", "odd"]).default("none"),
  dataBits: z.union([z.literal(7), z.literal(8)]).default(8),
  stopBits: z.union([z.literal(1), z.literal(2)]).default(1),
};
const network = {
  host: z.string().min(1).describe("Host name or address of the device or gateway"),
  port: z.int().min(1).max(65_535).default(502),
};

export const ModbusConnection = z
  .discriminatedUnion("transport", [
    z.strictObject({ ...common, transport: z.literal("tcp"), ...network }),
    z.strictObject({ ...common, transport: z.literal("rtuOverTcp"), ...network }),
    z.strictObject({
      ...common,
      transport: z.literal("rtu"),
      path: z.string().min(1).describe("Serial device, such as /dev/ttyUSB0"),
      ...serial,
    }),
  ])
  .meta({ title: "Modbus", examples: [{ protocol: "modbus", transport: "tcp", host: "192.168.1.20", tags: {} }] });
export type ModbusConnection = z.output<typeof ModbusConnection>;
