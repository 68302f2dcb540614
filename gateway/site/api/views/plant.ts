/** The configuration as the pages need it; addresses, users and secrets of connections stay behind. */
import type { z } from "zod";
import type { PlantConfig } from "../../../config/schema.ts";
import type { Sample } from "../../../model/sample.ts";
import { formatInstant, type Clock } from "../../../model/time.ts";
import type { TagId } from "../../../model/units.ts";
import type { PlantReply } from "../replies.ts";
import { signalsOf, tagsOf } from "../tags.ts";

export function plantReply(
  plant: PlantConfig,
  clock: Clock,
  latest: ReadonlyMap<TagId, Sample>,
): z.infer<typeof PlantReply> {
  const tags = tagsOf(plant);
  return {
    enterprise: plant.site.enterprise,
    site: plant.site.name,
    timeZone: plant.site.timeZone,
    language: plant.site.language,
    demo: plant.site.demo,
    clock: { now: formatInstant(clock.now()), speed: clock.speed },
    contractedPowerW: plant.energy.contractedPower ?? null,
    lines: Object.entries(plant.lines).map(([id, { name, constraint = null }]) => ({ id, name, constraint })),
    machines: Object.entries(plant.machines).map(([id, machine]) => {
      const { goodCount, totalCount, scrapCount, energyImport, power, state } = machine.signals;
      return {
        id,
        name: machine.name,
        line: machine.line,
        hasParts: (goodCount ?? totalCount ?? scrapCount) !== undefined,
        hasEnergy: (energyImport ?? power) !== undefined,
        inferred: state === undefined,
        signals: signalsOf(plant, id).map(({ role, tag }) => ({ role, tag, unit: tags.get(tag)?.unit ?? null })),
      };
    }),
    tags: [...tags.values()].map(({ id, unit, description, numeric }) => ({
      id,
      unit,
      description,
      numeric: numeric || typeof latest.get(id)?.value === "number",
    })),
  };
}
