// Several observers of a gateway as one.
import type { RequestEnd, RequestObserver } from '@sluice/gateway';

/**
 * One observer that tells several, in their order.
 *
 * @param observers - those that are undefined do not count
 * @returns undefined for none, the same object for one
 */
export function combineObservers(
  observers: readonly (RequestObserver | undefined)[],
): RequestObserver | undefined {
  const watching = observers.filter((observer) => observer !== undefined);
  if (watching.length < 2) return watching[0];
  return {
    begin(environ, exchange) {
      const ends: RequestEnd[] = [];
      for (const observer of watching) {
        const end = observer.begin(environ, exchange);
        if (end) ends.push(end);
      }
      return ends.length < 2 ? ends[0] : new Ends(ends);
    },
  };
}

/** Tells several how a request ended. */
class Ends implements RequestEnd {
  readonly #ends: readonly RequestEnd[];

  constructor(ends: readonly RequestEnd[]) {
    this.#ends = ends;
  }

  end(status: number, bytes: number, isCut: boolean): void {
    for (const end of this.#ends) end.end(status, bytes, isCut);
  }
}
