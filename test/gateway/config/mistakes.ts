/** Ways of getting a configuration wrong, and the words that someone gets to read. */

/** What is replaced in the good plant, and the problems (without the file name) that come of it. */
export interface Mistake {
  readonly name: string;
  readonly replace: string;
  readonly by: string;
  readonly problems: readonly string[];
}

export const mistakes: readonly Mistake[] = [
  {
    name: "a misspelt key",
    replace: "name: Works",
    by: "nmae: Works",
    problems: ['3:3 site.nmae | unknown key "nmae" | did you mean "name"?'],
  },
  {
    name: "a key of another protocol",
    replace: "host: 10.0.0.6",
    by: "host: 10.0.0.6\n    endpoint: opc.tcp://10.0.0.6:4840",
    problems: [
      '16:5 connections.meter.endpoint | unknown key "endpoint" | known here: protocol, timeout, maxRegisters, mergeGap, tags, transport, host, port',
    ],
  },
  {
    name: "a missing key",
    replace: "    host: 10.0.0.6\n",
    by: "",
    problems: ['12:3 connections.meter.host | "host" is missing: expected text'],
  },
  {
    name: "a missing key with a rule",
    replace: "    endpoint: opc.tcp://10.0.0.5:4840\n",
    by: "",
    problems: [
      '5:3 connections.press.endpoint | "endpoint" is missing: expected an address such as "opc.tcp://192.168.1.30:4840"',
    ],
  },
  {
    name: "a missing section",
    replace: "lines:\n  l1: { name: Line 1, constraint: press1 }\n",
    by: "",
    problems: [
      '1:1 lines | "lines" is missing: expected a group of keys',
      '32:11 machines.press1.line | there is no line "l1" | known: (none)',
    ],
  },
  {
    name: "a version of the future",
    replace: "version: 1",
    by: "version: 2",
    problems: ["1:10 version | expected 1; found 2"],
  },
  {
    name: "an ideal cycle below zero",
    replace: "    idealCycle: 12 s",
    by: "    idealCycle: -12 s",
    problems: ['36:17 machines.press1.idealCycle | expected a duration from 1 ms to 24 d; found "-12 s"'],
  },
  {
    name: "a maximum age that no timer can hold",
    replace: "maxAge: 90 s",
    by: "maxAge: 90 d",
    problems: ['18:68 connections.meter.tags.energy.maxAge | expected a duration from 1 ms to 24 d; found "90 d"'],
  },
  {
    name: "a duration without a unit",
    replace: "maxAge: 90 s",
    by: "maxAge: 90",
    problems: [
      '18:68 connections.meter.tags.energy.maxAge | expected a duration with its unit, such as "12 s"; found 90',
    ],
  },
  {
    name: "a duration with an unknown unit",
    replace: "maxAge: 90 s",
    by: "maxAge: 90 sek",
    problems: [
      '18:68 connections.meter.tags.energy.maxAge | expected a duration such as "12 s" (units: ms, s, sec, min, h, d, w); found "90 sek"',
    ],
  },
  {
    name: "a power in horsepower",
    replace: "50 kW",
    by: "50 pk",
    problems: ['45:20 energy.contractedPower | expected a power such as "55 kW" (units: W, kW, MW); found "50 pk"'],
  },
  {
    name: "a register that is none",
    replace: "input 0x34",
    by: "register 5",
    problems: [
      '17:26 connections.meter.tags.power.register | expected a register such as "holding 100" (counted from 0), "input 0x34" or the manual\'s 40101; found "register 5"',
    ],
  },
  {
    name: "a type with a slip",
    replace: "float32, unit: kW }",
    by: "flaot32, unit: kW }",
    problems: [
      '17:44 connections.meter.tags.power.type | expected one of "bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"; found "flaot32" | did you mean "float32"?',
    ],
  },
  {
    name: "a protocol that is not spoken",
    replace: "protocol: opcua",
    by: "protocol: s7",
    problems: ['6:15 connections.press.protocol | expected one of "opcua", "modbus"; found "s7"'],
  },
  {
    name: "no protocol at all",
    replace: "    protocol: modbus\n",
    by: "",
    problems: ['12:3 connections.meter.protocol | "protocol" is missing: expected one of "opcua", "modbus"'],
  },
  {
    name: "an unknown transport",
    replace: "transport: tcp",
    by: "transport: serial",
    problems: ['14:16 connections.meter.transport | expected one of "tcp", "rtuOverTcp", "rtu"; found "serial"'],
  },
  {
    name: "an address of another kind",
    replace: "opc.tcp://10.0.0.5:4840",
    by: "http://10.0.0.5",
    problems: [
      '7:15 connections.press.endpoint | expected an address such as "opc.tcp://192.168.1.30:4840"; found "http://10.0.0.5"',
    ],
  },
  {
    name: "a counter of 24 bits",
    replace: "goodCount: { tag: press/good }",
    by: "goodCount: { tag: press/good, width: 24 }",
    problems: ["39:44 machines.press1.signals.goodCount.width | expected one of 16, 32, 64; found 24"],
  },
  {
    name: "text where a group belongs",
    replace: "goodCount: { tag: press/good }",
    by: "goodCount: press/good",
    problems: ['39:18 machines.press1.signals.goodCount | expected a group of keys; found "press/good"'],
  },
  {
    name: "a name that cannot be part of a topic",
    replace: "lid: {",
    by: '"lid/2": {',
    problems: [
      '43:3 products.lid/2 | expected a short name: a letter, then letters, digits, - or _ (at most 63); found "lid/2"',
    ],
  },
  {
    name: "a time zone that does not exist",
    replace: "name: Works",
    by: "name: Works\n  timeZone: Amsterdam",
    problems: ['4:13 site.timeZone | expected an IANA time zone such as "Europe/Amsterdam"; found "Amsterdam"'],
  },
  {
    name: "a day in another language",
    replace: "days: [mon, tue], from",
    by: "days: [mon, dinsdag], from",
    problems: [
      '23:36 calendars.day.shifts[0].days[1] | expected one of "mon", "tue", "wed", "thu", "fri", "sat", "sun"; found "dinsdag"',
    ],
  },
  {
    name: "a date as people say it",
    replace: "2026-07-01",
    by: "1 July",
    problems: ['48:15 energy.tariffs[1].from | expected a date such as "2026-11-24"; found "1 July"'],
  },
  {
    name: "a port that does not exist",
    replace: "energy:\n",
    by: "network: { http: { port: 99999 } }\nenergy:\n",
    problems: ["44:26 network.http.port | expected at most 65535; found 99999"],
  },
  {
    name: "the address of a broker without saying that it is one's own",
    replace: "energy:\n",
    by: "network: { mqtt: { url: mqtt://10.0.0.5 } }\nenergy:\n",
    problems: [
      '44:20 network.mqtt.url | unknown key "url" | that belongs to a broker of your own: add "broker: external" beside it',
    ],
  },
  {
    name: "a broker that is neither",
    replace: "energy:\n",
    by: "network: { mqtt: { broker: extern } }\nenergy:\n",
    problems: [
      '44:28 network.mqtt.broker | expected one of "embedded", "external"; found "extern" | did you mean "external"?',
    ],
  },
  {
    name: "an external broker without an address",
    replace: "energy:\n",
    by: "network: { mqtt: { broker: external } }\nenergy:\n",
    problems: ['44:12 network.mqtt.url | "url" is missing: expected an address such as "mqtt://192.168.1.5:1883"'],
  },
  {
    name: "one port for two servers",
    replace: "energy:\n",
    by: "network: { mqtt: { port: 8420 } }\nenergy:\n",
    problems: ["44:26 network.mqtt.port | port 8420 is also the port of network.http; expected another one"],
  },
  {
    name: "an edge with the site's name",
    replace: "energy:\n",
    by: "edge: { name: site }\nenergy:\n",
    problems: [
      '44:15 edge.name | "site" is a name that the gateway uses itself; expected another one, such as "edge1"',
    ],
  },
  {
    name: "a tag that does not exist",
    replace: "tag: press/good",
    by: "tag: press/goood",
    problems: [
      '39:25 machines.press1.signals.goodCount.tag | there is no tag "press/goood" | did you mean "press/good"?',
    ],
  },
  {
    name: "a calendar that does not exist",
    replace: "calendar: day",
    by: "calendar: night",
    problems: ['35:15 machines.press1.calendar | there is no calendar "night" | known: day'],
  },
  {
    name: "a constraint that does not exist",
    replace: "constraint: press1",
    by: "constraint: saw",
    problems: ['30:35 lines.l1.constraint | there is no machine "saw" | known: press1'],
  },
  {
    name: "an ideal cycle for a machine that does not exist",
    replace: "idealCycleOn: { press1: 9 s }",
    by: "idealCycleOn: { pres1: 9 s }",
    problems: ['43:37 products.lid.idealCycleOn.pres1 | there is no machine "pres1" | did you mean "press1"?'],
  },
  {
    name: "a power that is an energy",
    replace: "unit: kW }",
    by: "unit: kWh }",
    problems: [
      '17:59 connections.meter.tags.power.unit | "kWh" is no unit of power: machines.press1.signals.power uses this tag as power; expected W, kW or MW',
    ],
  },
  {
    name: "an energy without a unit",
    replace: "unit: kWh, maxAge",
    by: "maxAge",
    problems: [
      '18:7 connections.meter.tags.energy.unit | "unit" is missing: machines.press1.signals.energyImport uses this tag as energy; expected Wh, kWh or MWh',
    ],
  },
  {
    name: "a count of something that is true or false",
    replace: "tag: press/good",
    by: "tag: meter/alarm",
    problems: [
      '39:25 machines.press1.signals.goodCount.tag | expected a tag that holds a number; "meter/alarm" is true or false',
    ],
  },
  {
    name: "a machine that says nothing of its state",
    replace: "      state: { tag: press/state, table: packml }\n",
    by: "",
    problems: [
      "32:3 machines.press1 | nothing says whether this machine runs: expected signals.state, or powerBands with signals.power",
    ],
  },
  {
    name: "power bands upside down",
    replace: "    idealCycle: 12 s",
    by: "    idealCycle: 12 s\n    powerBands: { standby: 5 kW, run: 1 kW }",
    problems: ["37:5 machines.press1.powerBands | standby must be below run; found a group of keys"],
  },
  {
    name: "shifts that overlap",
    replace: 'from: "14:00"',
    by: 'from: "13:00"',
    problems: [
      '24:9 calendars.day.shifts[1] | shift "late" (13:00–22:00) overlaps shift "early" (06:00–14:00) on mon | a moment belongs to one shift: change from, to or days',
    ],
  },
  {
    name: "a night shift that runs into the next morning's",
    replace: 'from: "14:00"\n        to: "22:00"\n        breaks: [{ from: "18:00", to: "18:30" }]',
    by: 'from: "22:00"\n        to: "06:30"',
    problems: [
      '24:9 calendars.day.shifts[1] | shift "late" (22:00–06:30) overlaps shift "early" (06:00–14:00) on mon | a moment belongs to one shift: change from, to or days',
    ],
  },
  {
    name: "a break outside its shift",
    replace: '{ from: "18:00", to: "18:30" }',
    by: '{ from: "22:00", to: "22:30" }',
    problems: ["28:18 calendars.day.shifts[1].breaks[0] | break 22:00–22:30 is not inside its shift 14:00–22:00"],
  },
  {
    name: "tariffs out of order",
    replace: "2026-07-01",
    by: "2025-07-01",
    problems: [
      '48:15 energy.tariffs[1].from | "2025-07-01" is not after "2026-01-01" of the entry before it; expected the oldest first',
    ],
  },
  {
    name: "a name used twice",
    replace: "name: Press 1",
    by: "name: Press 1\n    name: Press 2",
    problems: [
      "34:5 | not YAML: map keys must be unique | a name may stand here once: join the two blocks or rename one of them",
    ],
  },
  {
    name: "a tab",
    replace: "  name: Works",
    by: "\tname: Works",
    problems: [
      "3:1 | not YAML: tabs are not allowed as indentation | indent with spaces; YAML does not allow tabs there",
    ],
  },
  {
    name: "a custom tag",
    replace: "name: Works",
    by: "name: !!js/function x",
    problems: [
      "3:9 | not YAML: unresolved tag: tag:yaml.org,2002:js/function | write the plain value; tags such as !include or !!js are not used here",
    ],
  },
];
