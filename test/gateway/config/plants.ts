/** A small plant as text, for tests that change one thing in it. */
export const PLANT = `version: 1
site:
  name: Works
connections:
  press:
    protocol: opcua
    endpoint: opc.tcp://10.0.0.5:4840
    user: { name: reader, password: hunter2 }
    tags:
      state: { node: "ns=2;s=State" }
      good: { node: "ns=2;s=Good" }
  meter:
    protocol: modbus
    transport: tcp
    host: 10.0.0.6
    tags:
      power: { register: input 0x34, type: float32, unit: kW }
      energy: { register: 40101, type: float32, unit: kWh, maxAge: 90 s }
      alarm: { register: coil 3, type: bool }
calendars:
  day:
    shifts:
      - { name: early, days: [mon, tue], from: "06:00", to: "14:00" }
      - name: late
        days: [mon, tue]
        from: "14:00"
        to: "22:00"
        breaks: [{ from: "18:00", to: "18:30" }]
lines:
  l1: { name: Line 1, constraint: press1 }
machines:
  press1:
    name: Press 1
    line: l1
    calendar: day
    idealCycle: 12 s
    signals:
      state: { tag: press/state, table: packml }
      goodCount: { tag: press/good }
      power: { tag: meter/power }
      energyImport: { tag: meter/energy }
products:
  lid: { name: Lid, idealCycleOn: { press1: 9 s } }
energy:
  contractedPower: 50 kW
  tariffs:
    - { from: 2026-01-01, source: contract, price: 0.24 EUR/kWh }
    - { from: 2026-07-01, source: contract, price: 0.26 EUR/kWh }
`;
