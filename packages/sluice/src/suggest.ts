// What a person may have meant by a word that is not known.

/** `; did you mean …?` with the known word that is nearest, or all of them. */
export function suggest(word: string, known: readonly string[]): string {
  return nearest(word, known) || `; there are ${[...new Set(known)].join(', ')}`;
}

/** `; did you mean …?` with the known word that is nearest; empty when none is near. */
export function nearest(word: string, known: readonly string[]): string {
  const near = known.map((candidate) => ({
    candidate,
    distance: distanceOf(word.toLowerCase(), candidate.toLowerCase()),
  }));
  near.sort((left, right) => left.distance - right.distance);
  const [best] = near;
  const most = Math.min(Math.max(2, (best?.candidate.length ?? 0) / 3), word.length - 1); // something is the same
  return best && best.distance <= most ? `; did you mean ${best.candidate}?` : '';
}

/** How many letters have to be changed, added or left out (Levenshtein). */
function distanceOf(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1] ? 0 : 1;
      next.push(
        Math.min(
          (next[j - 1] as number) + 1,
          (row[j] as number) + 1,
          (row[j - 1] as number) + same,
        ),
      );
    }
    row = next;
  }
  return row[right.length] as number;
}
