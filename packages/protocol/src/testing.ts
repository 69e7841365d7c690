/**
 * Tools to test a codec with: every way to cut its input, and both sides tied together.
 *
 * @packageDocumentation
 */
import type { Codec } from './codec.ts';

/** Every way to deliver bytes that a codec must not notice: whole, byte by byte, and in two pieces cut at each offset. */
export function* everySplit(bytes: Uint8Array): Generator<Uint8Array[]> {
  yield [bytes];
  yield Array.from(bytes, (_, at) => bytes.slice(at, at + 1));
  for (let at = 1; at < bytes.length; at++) yield [bytes.slice(0, at), bytes.slice(at)];
}

/**
 * Feeds a codec and collects its events.
 *
 * @param codec - a fresh codec
 * @param chunks - the bytes, as {@link everySplit} cuts them
 * @param finish - whether the peer also sends its last byte; yes by default
 */
export function readAll<Event>(
  codec: Pick<Codec<Event, never>, 'feed' | 'finish'>,
  chunks: Iterable<Uint8Array>,
  finish = true,
): Event[] {
  const events: Event[] = [];
  for (const chunk of chunks) events.push(...codec.feed(chunk));
  if (finish) events.push(...codec.finish());
  return events;
}

/** Joins the bodies of neighbouring events that carry a `chunk`, so that differently cut inputs compare equal. */
export function joinChunks<Event extends { type: string; chunk?: Uint8Array }>(
  events: readonly Event[],
): Event[] {
  const joined: Event[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (last?.chunk && event.chunk && last.type === event.type) {
      const chunk = new Uint8Array(last.chunk.length + event.chunk.length);
      chunk.set(last.chunk);
      chunk.set(event.chunk, last.chunk.length);
      joined[joined.length - 1] = { ...event, chunk };
    } else {
      joined.push(event.chunk ? { ...event, chunk: new Uint8Array(event.chunk) } : event);
    }
  }
  return joined;
}
