/** The energy and the health of the small factory, valid by the API's own schemas. */
import * as replies from "../../../gateway/site/api/replies.ts";
import { HOUR, INCIDENT, MINUTE, NOW, type Scenario, iso, known } from "./factory.ts";

export function energyReply(from: number, to: number, scenario: Scenario) {
  const measured = scenario === "running";
  const quarters = Array.from({ length: Math.round((to - from) / (15 * MINUTE)) }, (_, index) => {
    const at = from + index * 15 * MINUTE;
    const hour = index / 4;
    const load = hour < 5.8 ? 6200 : hour < 6.5 ? 58_400 - hour * 400 : 38_000 + 9000 * Math.sin(hour);
    const mainW = !measured || at > NOW - 15 * MINUTE || index === 33 ? null : load;
    const share = (part: number): number | null => (mainW === null ? null : mainW * part);
    return {
      from: iso(at),
      mainW,
      machinesW: { lathe: share(0.3), packer: share(0.1), press: share(0.2), saw: share(0.03), oven: share(0.28) },
    };
  });
  const peak = quarters.reduce<(typeof quarters)[number] | null>(
    (most, next) => ((next.mainW ?? -1) > (most?.mainW ?? -1) ? next : most),
    null,
  );
  return replies.EnergyReply.parse({
    range: { from: iso(from), to: iso(to) },
    contractedPowerW: 55_000,
    currency: "EUR",
    quarters,
    peak:
      measured && peak !== null && peak.mainW !== null
        ? {
            from: peak.from,
            powerW: peak.mainW,
            headroomW: 55_000 - peak.mainW,
            shares: { lathe: 0.3, packer: 0.1, press: 0.2, saw: 0.03, oven: 0.28 },
          }
        : null,
    baseLoadW: measured ? 6150 : null,
    totalWh: measured ? 238_400 : 0,
    cost: measured ? 50.06 : null,
    co2Kg: measured ? 64 : null,
    tariffSource: "leverancierscontract 2026",
    emissionSource: "co2emissiefactoren.nl 2026",
    machines: known(scenario).map((machine) => ({
      machine: machine.id,
      totalWh: machine.power * 4,
      coverage: machine.id === "press" ? 0.93 : 1,
      idle: [
        {
          state: "breakdown",
          ms: 27 * MINUTE,
          energyWh: machine.power * 0.14,
          cost: machine.power * 0.14 * 0.00021,
          co2Kg: null,
        },
        {
          state: "idle",
          ms: 38 * MINUTE,
          energyWh: machine.power * 0.2,
          cost: machine.power * 0.2 * 0.00021,
          co2Kg: null,
        },
      ],
      idleWh: machine.power * 0.34,
      idleCost: machine.power * 0.34 * 0.00021,
      products: machine.parts
        ? [{ product: "flens-80", good: 983, energyWh: machine.power * 3.5, perGoodWh: (machine.power * 3.5) / 983 }]
        : [],
    })),
    remainderWh: measured ? 21_300 : null,
  });
}

export function healthReply(scenario: Scenario) {
  const machines = known(scenario);
  const connection = (name: string, protocol: string) => ({
    name,
    protocol,
    state: name === "press" ? "faulty" : "connected",
    reason: name === "press" ? "192.168.1.20:502 does not answer (ETIMEDOUT)" : null,
    advice:
      name === "press"
        ? "Check the cable and whether the PLC is on; then the address in connections.press.host."
        : null,
    since: iso(NOW - (name === "press" ? 12 * MINUTE : 26 * HOUR)),
    restarts: name === "press" ? 31 : 0,
  });
  return replies.HealthReply.parse({
    now: iso(NOW),
    status: machines.length === 0 ? "ok" : "fault",
    edges: [
      {
        edge: "edge1",
        online: true,
        seen: iso(NOW - 1000),
        clockOffsetMs: 3,
        outbox: { batches: 2, bytes: 48_000, oldest: iso(NOW - 900), accepted: 4_218_734, sequence: 120_331 },
        receipt: { storedTo: 120_329, holes: 0 },
        process: { rssBytes: 118_000_000, loopLagMs: 2 },
        connections: machines.map(({ id }, index) => connection(id, index < 2 ? "opcua" : "modbus")),
      },
    ],
    tags: machines.flatMap(({ id }) =>
      ["power", "state"].map((name) => ({
        id: `${id}/${name}`,
        connection: id,
        value: name === "power" ? 11.42 : "Execute",
        unit: name === "power" ? "kW" : null,
        quality: id === "press" ? "bad" : "good",
        time: iso(NOW - (id === "press" ? 12 * MINUTE : 800)),
        ageMs: id === "press" ? 12 * MINUTE : 800,
        maxAgeMs: 10_000,
        stale: id === "press",
        perMinute: id === "press" ? 0 : 58,
        error: id === "press" ? "no answer within 1 s" : null,
        advice: id === "press" ? "See the connection." : null,
      })),
    ),
    historian: { kind: "embedded", reachable: true, samples: 4_218_700, bytes: 18_400_000, rejected: 0, error: null },
    ingest: { samplesPerSecond: 84.2, stored: 4_218_700, duplicates: 12, deadLetters: 0 },
    ledger: { recomputing: machines.length === 0 ? [] : ["oven"] },
    process: { rssBytes: 164_000_000, loopLagMs: 4, uptimeSeconds: 93_600 },
    incidents: machines.length === 0 ? [] : [INCIDENT],
  });
}
