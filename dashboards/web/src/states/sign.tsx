/** A state as sign, and as sign with its word. */
import type { State } from "../api/types.ts";
import { t } from "../text/text.ts";
import { SIGNS } from "./states.ts";

export function Sign({ state, size = 20 }: { readonly state: State; readonly size?: number }) {
  return (
    <svg class={`sign state-${state}`} width={size + 12} height={size + 12} viewBox="-4 -4 32 32" aria-hidden="true">
      <rect class="sign-ground" x="-4" y="-4" width="32" height="32" rx="6" />
      <path class="sign-mark" fill-rule="evenodd" d={SIGNS[state]} />
    </svg>
  );
}

export function StateWord({ state, size = 16 }: { readonly state: State; readonly size?: number }) {
  return (
    <span class="state-word">
      <Sign state={state} size={size} />
      <span>{t(`state.${state}`)}</span>
    </span>
  );
}
