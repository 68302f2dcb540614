/** Every value that the demo's devices offer, by the id of the tag that reads it in `config/demo.yaml`. Pure. */
import type { Value } from "../model/sample.ts";
import { tagId, type Micros, type TagId } from "../model/units.ts";
import { METERS, mill, packer, press, shownEnergy, shownPower } from "./devices.ts";
import { MAIN, type Factory, type Moment } from "./factory.ts";

export type Point =
  /** Changes only at the moments of its machine. */
  | { readonly kind: "event"; readonly machine: string; readonly value: (moment: Moment) => Value }
  /** Changes all the time; `machine` says at whose changes of state it jumps (none: the main meter). */
  | { readonly kind: "meter"; readonly machine: string | undefined; readonly value: (time: Micros) => number };

export function pointsOf(factory: Factory): ReadonlyMap<TagId, Point> {
  const points = new Map<TagId, Point>();
  for (const [machine, device] of Object.entries({ mill, packer, press })) {
    for (const [name, value] of Object.entries(device))
      points.set(tagId(machine, name), { kind: "event", machine, value });
  }
  for (const meter of METERS) {
    const machine = meter.of === MAIN ? undefined : meter.of;
    const power = (time: Micros): number => shownPower(meter, factory.watts(meter.of, time));
    const energy = (time: Micros): number => shownEnergy(meter, factory.energy(meter.of, time));
    points.set(tagId("meters", `${meter.of}Power`), { kind: "meter", machine, value: power });
    points.set(tagId("meters", `${meter.of}Energy`), { kind: "meter", machine, value: energy });
  }
  return points;
}
