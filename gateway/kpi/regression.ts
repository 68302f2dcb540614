/** Least squares by Householder QR: stays right on ill-conditioned data, where normal equations lose all digits. */

export interface Fit {
  /** The intercept first, then one coefficient per column. */
  readonly coefficients: readonly number[];
  readonly standardErrors: readonly number[];
  readonly residualSd: number;
  readonly rSquared: number;
  readonly n: number;
}

/** A column that the others explain to this relative precision has no coefficient of its own. */
const RANK_TOLERANCE = 1e-12;

/**
 * y = b0 + b1·x1 + … by least squares.
 * @param columns one array of n values per explaining variable
 * @returns undefined when there are too few points, or when the columns depend on each other
 */
export function fitLine(columns: readonly (readonly number[])[], y: readonly number[]): Fit | undefined {
  const n = y.length;
  const p = columns.length + 1;
  if (n <= p || columns.some((column) => column.length !== n)) return undefined;
  // Columns are scaled to length 1, so that the tolerance means the same for kWh and for degree days.
  const design = [y.map(() => 1), ...columns.map((column) => [...column])];
  const scales = design.map((column) => Math.hypot(...column) || 1);
  const q = design.map((column, k) => column.map((value) => value / (scales[k] ?? 1)));
  const rest = [...y];
  const r = q.map(() => q.map(() => 0));
  for (let k = 0; k < p; k++) {
    const column = q[k] ?? [];
    const tail = column.slice(k);
    const length = Math.hypot(...tail);
    if (length < RANK_TOLERANCE) return undefined;
    const alpha = (tail[0] ?? 0) > 0 ? -length : length;
    const mirror = tail.with(0, (tail[0] ?? 0) - alpha);
    const square = mirror.reduce((sum, value) => sum + value * value, 0);
    for (const target of [...q.slice(k), rest]) reflect(target, mirror, square, k);
    for (let j = k; j < p; j++) (r[k] ?? [])[j] = q[j]?.[k] ?? 0;
  }
  const scaled = solveUpper(r, rest.slice(0, p));
  const residual = rest.slice(p).reduce((sum, value) => sum + value * value, 0);
  const residualSd = Math.sqrt(residual / (n - p));
  const mean = y.reduce((sum, value) => sum + value, 0) / n;
  const spread = y.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  // The variance of coefficient k is the squared length of row k of R⁻¹, times that of the residuals.
  const inverse = r.map((_, k) =>
    solveUpper(
      r,
      r.map((_, i) => Number(i === k)),
    ),
  );
  const standardErrors = scales.map(
    (scale, k) => (residualSd * Math.hypot(...inverse.map((column) => column[k] ?? 0))) / scale,
  );
  return {
    coefficients: scaled.map((value, k) => value / (scales[k] ?? 1)),
    standardErrors,
    residualSd,
    rSquared: spread > 0 ? 1 - residual / spread : 1,
    n,
  };
}

function reflect(target: number[], mirror: readonly number[], square: number, from: number): void {
  const product = mirror.reduce((sum, value, i) => sum + value * (target[from + i] ?? 0), 0);
  const factor = (2 * product) / square;
  for (const [i, value] of mirror.entries()) target[from + i] = (target[from + i] ?? 0) - factor * value;
}

function solveUpper(r: readonly (readonly number[])[], right: readonly number[]): number[] {
  const solution = right.map(() => 0);
  for (let k = right.length - 1; k >= 0; k--) {
    let value = right[k] ?? 0;
    for (let j = k + 1; j < right.length; j++) value -= (r[k]?.[j] ?? 0) * (solution[j] ?? 0);
    solution[k] = value / (r[k]?.[k] ?? NaN);
  }
  return solution;
}
