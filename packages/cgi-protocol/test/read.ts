// How these tests read a response.
import { ProtocolError } from '@sluice/protocol';
import { joinChunks } from '@sluice/protocol/testing';
import { expect } from 'vitest';
import {
  type CgiResponseEvent,
  type CgiResponseOptions,
  CgiResponseReader,
} from '../src/response-reader.ts';

/** The events of a whole response, neighbouring chunks joined. */
export function read(
  chunks: Iterable<Uint8Array>,
  options: CgiResponseOptions = {},
): CgiResponseEvent[] {
  const reader = new CgiResponseReader(options);
  const events: CgiResponseEvent[] = [];
  for (const chunk of chunks) events.push(...reader.feed(chunk));
  events.push(...reader.finish());
  return merged(events);
}

/** Bodies joined and surplus summed up: what must not depend on cuts. */
export function merged(events: readonly CgiResponseEvent[]): CgiResponseEvent[] {
  const size = events.reduce((sum, event) => sum + (event.type === 'surplus' ? event.size : 0), 0);
  const others = joinChunks(events.filter((event) => event.type !== 'surplus'));
  return size > 0 ? [...others, { type: 'surplus', size }] : others;
}

/** The ProtocolError that an action throws. */
export function failure(action: () => unknown): ProtocolError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return error as ProtocolError;
  }
  throw new Error('nothing was refused');
}
