// Bytes that wait for the rest of a unit: a list of chunks, joined once.
import { concatBytes } from './latin1.ts';

/** A queue of bytes that arrive in chunks and leave in units. Chunks are kept as views, not copied. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #head = 0; // index of the first chunk that is not yet taken whole
  #offset = 0; // bytes of that chunk that are taken
  #length = 0;

  /** How many bytes wait. */
  get length(): number {
    return this.#length;
  }

  /** Appends a chunk; the queue keeps a view of it until its bytes are taken. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The next byte without taking it, undefined when none waits. */
  peek(): number | undefined {
    return this.#chunks[this.#head]?.[this.#offset];
  }

  /** Takes the next byte, undefined when none waits. */
  shift(): number | undefined {
    const chunk = this.#chunks[this.#head];
    if (!chunk) return undefined;
    const byte = chunk[this.#offset++];
    this.#length--;
    if (this.#offset === chunk.length) this.#drop();
    return byte;
  }

  /** Takes exactly `size` bytes as one piece (a view where one chunk holds them), undefined while fewer wait. */
  take(size: number): Uint8Array | undefined {
    if (this.#length < size) return undefined;
    const pieces: Uint8Array[] = [];
    for (let due = size; due > 0; ) {
      const piece = this.takeSome(due);
      due -= piece.length;
      pieces.push(piece);
    }
    return concatBytes(pieces);
  }

  /** Takes what waits in the next chunk, at most `limit` bytes; empty when nothing waits. */
  takeSome(limit: number): Uint8Array {
    const chunk = this.#chunks[this.#head];
    if (!chunk || limit === 0) return EMPTY;
    const end = Math.min(chunk.length, this.#offset + limit);
    const piece =
      this.#offset === 0 && end === chunk.length ? chunk : chunk.subarray(this.#offset, end);
    this.#length -= end - this.#offset;
    this.#offset = end;
    if (end === chunk.length) this.#drop();
    return piece;
  }

  /** Forgets everything. */
  clear(): void {
    this.#chunks = [];
    this.#head = this.#offset = this.#length = 0;
  }

  #drop(): void {
    this.#offset = 0;
    this.#head++;
    if (this.#head === this.#chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 > this.#chunks.length) {
      // Taken chunks are let go in bulk: one splice for each would cost quadratic time.
      this.#chunks.splice(0, this.#head);
      this.#head = 0;
    }
  }
}

const EMPTY = new Uint8Array(0);
