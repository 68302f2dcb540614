/** The configuration's JSON Schema: as people write it, not as the program reads it. */
import { z } from "zod";
import { PlantConfig } from "../../gateway/config/schema.ts";
import { DURATION_FACTORS } from "../../gateway/model/quantity.ts";

export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly examples?: readonly unknown[];
}

export function plantSchema(): JsonSchema {
  const schema = z.toJSONSchema(PlantConfig, {
    io: "input",
    target: "draft-7",
    unrepresentable: "any",
    // What has its unit in the text is transformed when read, and zod leaves out the examples and defaults of such.
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema)?.examples;
      if (Array.isArray(examples)) jsonSchema.examples ??= examples;
      const definition: { readonly type: string; readonly defaultValue?: unknown } = zodSchema._zod.def;
      if (definition.type !== "default" || jsonSchema.type !== "string") return;
      const standard = definition.defaultValue;
      jsonSchema.default = typeof standard === "number" ? durationText(standard) : standard;
    },
  });
  return schema as JsonSchema;
}

/** The largest unit that gives a whole number: 86400000 → "1 d". */
export function durationText(ms: number): string {
  const units = Object.entries(DURATION_FACTORS).filter(([unit]) => unit !== "sec" && unit !== "w");
  const [unit, factor] = units.toReversed().find(([, size]) => ms >= size && ms % size === 0) ?? ["ms", 1];
  return `${ms / factor} ${unit}`;
}
