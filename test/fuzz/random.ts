// Numbers that look random and are the same each time: xorshift32 (Marsaglia, 2003).

/** A stream of numbers that one seed determines. */
export class Random {
  #state: number;

  /** @param seed - any 32-bit number
   * @param stream - tells apart many streams of one seed */
  constructor(seed: number, stream = 0) {
    // Neighbouring seeds must not give neighbouring streams, and the state must not be zero.
    let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35);
    state = Math.imul(state ^ (state >>> 15), 0x27d4eb2f);
    this.#state = state ^ (state >>> 13) || 1;
  }

  /** The next number from 0 to below `limit`. */
  below(limit: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    // The high bits: the low ones of xorshift repeat early.
    return Math.floor(((state >>> 0) / 0x1_0000_0000) * limit);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of a list. */
  pick<Item>(list: readonly Item[]): Item {
    return list[this.below(list.length)] as Item;
  }

  /** Any bytes. */
  bytes(size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at++) bytes[at] = this.below(256);
    return bytes;
  }

  /** Cuts bytes at random places into at most `most` pieces, some of them empty. */
  cut(bytes: Uint8Array, most = 8): Uint8Array[] {
    const offsets: number[] = [];
    for (let cuts = this.below(most); cuts > 0; cuts--) offsets.push(this.below(bytes.length + 1));
    offsets.sort((a, b) => a - b);
    let start = 0;
    const pieces = offsets.map((end) => {
      const piece = bytes.subarray(start, end);
      start = end;
      return piece;
    });
    pieces.push(bytes.subarray(start));
    return pieces;
  }
}
