/** A plant of one line with a press and a saw, small enough to compute by hand. */
import { PlantConfig } from "../../../../gateway/config/schema.ts";

export const plant = PlantConfig.parse({
  version: 1,
  site: { enterprise: "Acme", name: "Delft", area: "Hall 1", timeZone: "Europe/Amsterdam", demo: true },
  edge: { name: "edge1" },
  network: { http: { port: 0 }, mqtt: { port: 0 } },
  connections: {
    plc: {
      protocol: "modbus",
      transport: "tcp",
      host: "192.0.2.1",
      tags: {
        state: { register: "holding 0" },
        good: { register: "holding 1", type: "uint32" },
        scrap: { register: "holding 3", type: "uint32" },
        power: { register: "input 0", type: "float32", unit: "kW" },
        energy: { register: "input 2", type: "uint32", unit: "kWh" },
        note: { register: "holding 9", description: '=HYPERLINK("x")' },
      },
    },
    meters: {
      protocol: "modbus",
      transport: "tcp",
      host: "192.0.2.2",
      tags: {
        main: { register: "input 0", type: "uint32", unit: "kWh" },
        mainPower: { register: "input 2", type: "float32", unit: "W" },
        saw: { register: "input 4", type: "float32", unit: "W" },
      },
    },
  },
  calendars: {
    day: {
      shifts: [
        {
          name: "early",
          days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
          from: "06:00",
          to: "14:00",
          breaks: [{ from: "10:00", to: "10:15" }],
        },
      ],
    },
  },
  products: { bracket: { name: "Bracket", idealCycle: "10 s" } },
  lines: { line1: { name: "Line 1" } },
  machines: {
    press: {
      name: "Press",
      line: "line1",
      calendar: "day",
      idealCycle: "10 s",
      signals: {
        state: { tag: "plc/state", map: { "1": "producing", "2": "idle", "3": "breakdown" } },
        goodCount: { tag: "plc/good" },
        scrapCount: { tag: "plc/scrap" },
        power: { tag: "plc/power" },
        energyImport: { tag: "plc/energy" },
      },
    },
    saw: {
      name: "Saw",
      line: "line1",
      calendar: "day",
      signals: { power: { tag: "meters/saw" } },
      powerBands: { standby: "50 W", run: "500 W" },
    },
  },
  energy: {
    mainMeter: { power: "meters/mainPower", energyImport: "meters/main" },
    contractedPower: "100 kW",
    tariffs: [{ from: "2020-01-01", source: "contract 2020", price: "0.25 EUR/kWh" }],
    emissions: [{ from: "2020-01-01", source: "co2emissiefactoren.nl", factor: "268 g/kWh" }],
  },
});
