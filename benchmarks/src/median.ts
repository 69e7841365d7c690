// The number in the middle: a noisy moment of the machine does not move it.

/** The median; NaN of nothing. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
