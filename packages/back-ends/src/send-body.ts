// Sends a request body with back-pressure, to whatever takes it: a socket, a request, a script's input.
import type { Writable } from 'node:stream';

/**
 * Writes chunks as fast as they are taken.
 *
 * @param chunks - of the body
 * @param sink - what takes them; when it closes, sending just stops
 * @param encode - turns a chunk into what is written
 */
export async function sendBody(
  chunks: AsyncIterable<Uint8Array>,
  sink: Writable,
  encode: (chunk: Uint8Array) => Uint8Array = (chunk) => chunk,
): Promise<void> {
  let isFirst = true;
  for await (const chunk of chunks) {
    // A write to a server that has answered and closed loses its answer: what has come is read before.
    if (!isFirst) await new Promise(setImmediate);
    isFirst = false;
    if (sink.destroyed) return;
    if (!sink.write(encode(chunk))) await taken(sink);
  }
}

function taken(sink: Writable): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      sink.off('drain', settle).off('close', settle);
      resolve();
    };
    sink.on('drain', settle).on('close', settle);
  });
}
