// Bytes of one block that come in pieces: parameters over several records, or a record over several chunks.

/** Collects bytes. What came in one piece stays where it lies; only a second piece makes a copy. */
export class Block {
  /** Holds the bytes, from `start` to `end`. */
  bytes: Uint8Array = EMPTY;
  /** Offset of the first byte. */
  start = 0;
  /** Offset behind the last byte. */
  end = 0;
  #owned = false; // whether `bytes` is memory of ours, with room behind `end`

  /** How many bytes there are. */
  get size(): number {
    return this.end - this.start;
  }

  /** Appends the bytes of `chunk` from `start` to `end`. */
  add(chunk: Uint8Array, start: number, end: number): void {
    if (this.end === this.start) {
      this.bytes = chunk;
      this.start = start;
      this.end = end;
      return;
    }
    const size = this.size;
    const needed = size + end - start;
    if (!this.#owned || this.start + needed > this.bytes.length) {
      // Twice as much each time: bytes that come one by one are copied a few times, not each time.
      const room = new Uint8Array(2 * needed);
      room.set(this.bytes.subarray(this.start, this.end));
      this.bytes = room;
      this.start = 0;
      this.#owned = true;
    }
    this.bytes.set(chunk.subarray(start, end), this.start + size);
    this.end = this.start + needed;
  }

  /** Forgets the bytes. */
  clear(): void {
    this.bytes = EMPTY;
    this.start = this.end = 0;
    this.#owned = false;
  }
}

const EMPTY = new Uint8Array(0);
