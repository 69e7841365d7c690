// What tests share: reading to the end, and events without the traces of how their bytes were cut.
import type { ProtocolError } from '@sluice/protocol';
import { expect } from 'vitest';
import { join } from '../../../test/vectors/bytes.ts';
import type { RecordParser } from '../src/record-parser.ts';

interface Event {
  readonly type: string;
  readonly id?: number;
  readonly chunk?: Uint8Array;
  readonly size?: number;
  readonly ended?: boolean;
}

/** What a codec reported, and the error that ended it. */
export interface Outcome<Reported> {
  readonly events: readonly Reported[];
  readonly error: ProtocolError | undefined;
}

/** Feeds a codec to the end, through its error. */
export function outcomeOf<Reported>(
  codec: RecordParser<Reported>,
  chunks: Iterable<Uint8Array>,
  finish = true,
): Outcome<Reported> {
  const events: Reported[] = [];
  let thrown = 0;
  const collect = (action: () => Reported[]) => {
    try {
      events.push(...action());
    } catch (error) {
      expect(error).toBe(codec.error);
      thrown++;
    }
  };
  for (const chunk of chunks) collect(() => codec.feed(chunk));
  if (finish) collect(() => codec.finish());
  if (finish) collect(() => codec.finish()); // throws what the first had no room for beside its events
  if (finish) expect(thrown).toBe(codec.error ? 1 : 0);
  return { events, error: codec.error };
}

/** The error that an action throws. */
export function failure(action: () => unknown): ProtocolError {
  try {
    action();
  } catch (error) {
    return error as ProtocolError;
  }
  throw new Error('nothing was refused');
}

/** Events as they are however their bytes were cut: neighbouring pieces joined, `ended` as an event of its own, surplus as one sum. */
export function uncut(events: readonly Event[]): unknown[] {
  const told: Event[] = [];
  let surplus = 0;
  for (const event of events) {
    const last = told.at(-1);
    if (event.type === 'surplus') surplus += event.size ?? 0;
    else if (event.chunk && last?.chunk && last.type === event.type && last.id === event.id)
      told[told.length - 1] = { ...last, chunk: join([last.chunk, event.chunk]) };
    else if (event.ended !== undefined && event.id !== undefined) {
      told.push({ ...event, ended: false });
      if (event.ended) told.push({ type: 'end', id: event.id });
    } else told.push(event.chunk ? { ...event, chunk: new Uint8Array(event.chunk) } : event);
  }
  return surplus > 0 ? [...told, { type: 'surplus', size: surplus }] : told;
}
