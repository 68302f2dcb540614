/** Which tags are in trouble, so that each trouble is told when it begins or changes and taken back when it ends. */
import type { AdapterContext } from "../../gateway/model/protocol.ts";
import type { Told } from "../../gateway/model/told.ts";
import type { Block } from "./blocks.ts";

export class TroubleBook {
  readonly #context: Pick<AdapterContext, "trouble" | "well">;
  readonly #tagsOf = new Map<number, string[]>();
  readonly #reasons = new Map<string, string>();
  readonly #silentUnits = new Set<number>();
  /** `undefined` before the first answer: nothing has been said of the connection yet. */
  #connection: string | undefined | null = null;

  constructor(blocks: readonly Block[], context: Pick<AdapterContext, "trouble" | "well">) {
    this.#context = context;
    for (const { unitId, items } of blocks) {
      const names = this.#tagsOf.get(unitId) ?? [];
      names.push(...items.map((item) => item.name));
      this.#tagsOf.set(unitId, names);
    }
  }

  connection(explained: Told): void {
    if (this.#connection === explained.reason) return;
    this.#connection = explained.reason;
    this.#context.trouble(explained);
  }

  unit(unitId: number, explained: Told): void {
    this.#silentUnits.add(unitId);
    for (const tag of this.#tagsOf.get(unitId) ?? []) this.#tag(tag, explained);
    if (this.#silentUnits.size === this.#tagsOf.size) this.connection(explained);
    else this.#connected();
  }

  block(block: Block, explained: Told): void {
    this.#answered(block.unitId);
    for (const { name } of block.items) this.#tag(name, explained);
  }

  well(block: Block): void {
    this.#answered(block.unitId);
    for (const { name } of block.items) this.#heal(name);
  }

  #answered(unitId: number): void {
    this.#connected();
    this.#silentUnits.delete(unitId);
  }

  #connected(): void {
    if (this.#connection === undefined) return;
    this.#connection = undefined;
    this.#context.well();
  }

  #tag(tag: string, explained: Told): void {
    if (this.#reasons.get(tag) === explained.reason) return;
    this.#reasons.set(tag, explained.reason);
    this.#context.trouble({ tag, ...explained });
  }

  #heal(tag: string): void {
    if (this.#reasons.delete(tag)) this.#context.well(tag);
  }
}
