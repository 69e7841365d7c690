// How byte transcripts are written down, and cut up again.

/** Bytes from hexadecimal digits; blanks and line ends between them are free. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/\s+/g, ''), 'hex'));
}

/** Bytes from characters U+0000 to U+00FF, one for each. */
export function latin1(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** The characters of bytes, one for each. */
export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** One piece of several. */
export function join(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

/** Bytes cut at offsets that are in ascending order; a repeated one gives an empty piece. */
export function cutAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const starts = [0, ...offsets];
  return starts.map((start, at) => bytes.subarray(start, starts[at + 1] ?? bytes.length));
}
