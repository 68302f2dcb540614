/** The registers of the demo's Modbus devices: an old PLC of its own making, and two meters that are sold everywhere. */
import type { Micros } from "../../model/units.ts";
import { METERS, press, shownEnergy, shownPower, type Meter } from "../devices.ts";
import type { Factory } from "../factory.ts";
import { float32Words, int64Words, swapped } from "./words.ts";

/** One unit id. Registers in its area that hold nothing read as 0, outside it the device answers with an exception. */
export interface ModbusDevice {
  readonly unit: number;
  readonly table: "input" | "holding";
  /** First and last register of the area, as on the wire. */
  readonly area: readonly [number, number];
  /** First register → words, all of one moment. */
  readonly registers: (time: Micros) => ReadonlyMap<number, readonly number[]>;
}

/** The manual's 40101 … 40107. */
export const pressDevice = (factory: Factory): ModbusDevice => ({
  unit: 1,
  table: "holding",
  area: [100, 119],
  registers: (time) => {
    const moment = factory.machine("press").at(time);
    return new Map([
      [100, [press.state(moment)]],
      [101, [press.stopCode(moment)]],
      [102, [press.productCode(moment)]],
      [103, [press.total(moment)]],
      [104, [press.scrap(moment)]],
      [105, swapped(float32Words(press.force(moment)))],
    ]);
  },
});

export const meterDevices = (factory: Factory): ModbusDevice[] =>
  METERS.map((meter) => (meter.model === "SDM630" ? sdm630(factory, meter) : iem3155(factory, meter)));

const VOLTS = 231;
const HERTZ = 50;

/**
 * Eastron SDM630 Modbus V2, input registers, float32 high word first. From its protocol manual: 30001/3/5 volts of the
 * phases, 30053 total system power in W, 30071 frequency, 30073 total import in kWh.
 */
const sdm630 = (factory: Factory, meter: Meter): ModbusDevice => ({
  unit: meter.unit,
  table: "input",
  area: [0, 0x181],
  registers: (time) =>
    new Map([
      [0x00, float32Words(VOLTS)],
      [0x02, float32Words(VOLTS)],
      [0x04, float32Words(VOLTS)],
      [0x34, float32Words(shownPower(meter, factory.watts(meter.of, time)))],
      [0x46, float32Words(HERTZ)],
      [0x48, float32Words(shownEnergy(meter, factory.energy(meter.of, time)))],
    ]),
});

/**
 * Schneider Electric iEM3155, holding registers. From the iEM3000 user manual, which counts from 1: 3028/30/32 volts of
 * the phases, 3060 total active power in kW as float32, 3110 frequency, 3204 total active import in Wh as int64. On the
 * wire each is one lower.
 */
const iem3155 = (factory: Factory, meter: Meter): ModbusDevice => ({
  unit: meter.unit,
  table: "holding",
  area: [2999, 3300],
  registers: (time) =>
    new Map([
      [3027, float32Words(VOLTS)],
      [3029, float32Words(VOLTS)],
      [3031, float32Words(VOLTS)],
      [3059, float32Words(shownPower(meter, factory.watts(meter.of, time)))],
      [3109, float32Words(HERTZ)],
      [3203, int64Words(shownEnergy(meter, factory.energy(meter.of, time)))],
    ]),
});
