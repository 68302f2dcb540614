/** Hatching says "not seen" and lines say "planned" without any colour. Once in the document: fills name them by id. */

export function Patterns() {
  return (
    <svg class="patterns" width="0" height="0" aria-hidden="true">
      <defs>
        <pattern id="hatch-unknown" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch-ground" width="8" height="8" />
          <rect class="hatch-line" width="3" height="8" />
        </pattern>
        <pattern id="hatch-planned" width="6" height="6" patternUnits="userSpaceOnUse">
          <rect class="planned-ground" width="6" height="6" />
          <rect class="planned-line" y="2.5" width="6" height="1" />
        </pattern>
      </defs>
    </svg>
  );
}
