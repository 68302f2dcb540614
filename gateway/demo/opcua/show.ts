/** Brings a machine's moments into its OPC UA nodes: a node is written when its value changed, at the time it changed. */
import { DataType, StatusCodes, type BaseNode, type UAVariable, type VariantLike } from "node-opcua";
import type { Value } from "../../model/sample.ts";
import { dateOfMicros } from "../../model/time.ts";
import type { Moment } from "../factory.ts";

/** A variable, what it says of a moment, and how that is written. Equal words are not written twice. */
export interface Binding {
  readonly variable: UAVariable;
  readonly value: (moment: Moment) => Value;
  readonly variant: (value: Value, moment: Moment) => VariantLike;
}

export type Show = (moment: Moment) => void;

export function showing(bindings: readonly Binding[]): Show {
  const shown = new Map<Binding, Value>();
  return (moment) => {
    for (const binding of bindings) {
      const value = binding.value(moment);
      if (shown.get(binding) === value) continue;
      shown.set(binding, value);
      binding.variable.setValueFromSource(binding.variant(value, moment), StatusCodes.Good, dateOfMicros(moment.time));
    }
  };
}

/** A value of this data type, as it is. */
export const plain =
  (dataType: DataType) =>
  (value: Value): VariantLike => ({ dataType, value });
export const text = (value: Value): VariantLike => ({
  dataType: DataType.LocalizedText,
  value: { text: String(value) },
});

/** The variable at a path of browse names below a node. Throws with the name that is missing. */
export function variableAt(node: BaseNode, path: string): UAVariable {
  let at: BaseNode = node;
  for (const name of path.split("/")) {
    const next: BaseNode | null = at.getChildByName(name);
    if (next === null) throw new Error(`${at.nodeId.toString()} has no "${name}" (path ${path})`);
    at = next;
  }
  return at as UAVariable;
}
