// Golden transcripts, read and written.
import { describe, expect, it } from 'vitest';
import { Ajp13ClientCodec } from '../src/client-codec.ts';
import type { Ajp13ClientCommand, Ajp13ClientEvent } from '../src/client-messages.ts';
import type { Ajp13Command, Ajp13Event } from '../src/server-messages.ts';
import {
  type Ajp13Vector,
  bytesOf,
  container,
  everySplit,
  joinChunks,
  VECTORS,
  webServer,
} from '../src/testing.ts';
import { CHUNKED, containerAt, DONE, GET, OK, webServerAt } from './places.ts';

const SECRET = 'sEcret'; // of the vector that has one

describe.each(VECTORS)('$sender, $place: $name ($section)', (vector) => {
  const { sender, place, bytes, events, variant } = vector;

  it('is read the same however its bytes arrive', () => {
    for (const chunks of everySplit(bytes)) {
      const codec =
        sender === 'web server'
          ? containerAt(place === 'asked' ? 'asked' : 'idle')
          : webServerAt(place === 'body' ? 'body' : 'head');
      const reports: (Ajp13Event | Ajp13ClientEvent)[] = [];
      for (const chunk of chunks) reports.push(...codec.feed(chunk));
      expect(joinChunks(reports)).toEqual(events);
    }
  });

  it.skipIf(variant)('is written', () => {
    expect(sender === 'web server' ? byWebServer(vector) : byContainer(vector)).toEqual(bytes);
  });
});

function byWebServer({ place, events }: Ajp13Vector): Uint8Array {
  const codec = new Ajp13ClientCodec();
  if (place === 'asked') {
    codec.encode({ ...GET, headers: CHUNKED.flat() });
    codec.feed(container.getBody(8186));
  }
  return bytesOf(events.map((event) => codec.encode(clientCommand(event))));
}

function clientCommand(event: Ajp13Event | Ajp13ClientEvent): Ajp13ClientCommand {
  switch (event.type) {
    case 'request': {
      const { contentLength } = event;
      return contentLength === 3 ? { ...event, secret: SECRET } : event;
    }
    case 'body':
      return event;
    case 'end':
      return { type: 'body-end' };
    default:
      return { type: 'ping' };
  }
}

/** Everything but the end of a response is followed by a flush: the application may take its time. */
const FLUSH = [0x41, 0x42, 0, 4, 3, 0, 0, 0];

function byContainer({ place, events: [event] }: Ajp13Vector): Uint8Array {
  const codec = containerAt('idle');
  codec.feed(webServer.forward({ headers: CHUNKED }));
  if (place === 'body') codec.encode({ type: 'response', head: OK, last: false });
  const written = bytesOf(codec.encode(containerCommand(event as Ajp13ClientEvent)));
  if (event?.type !== 'head' && event?.type !== 'body') return written;
  expect(Array.from(written.subarray(-FLUSH.length))).toEqual(FLUSH);
  return written.subarray(0, -FLUSH.length);
}

function containerCommand(event: Ajp13ClientEvent | undefined): Ajp13Command {
  switch (event?.type) {
    case 'head':
      return { type: 'response', head: event, last: false };
    case 'body':
      return { type: 'response', chunk: event.chunk, last: false };
    case 'end':
      return { type: 'response', last: true, reuse: event.reuse };
    case 'want':
      return { type: 'get-body' };
    default:
      return { type: 'response', last: false };
  }
}

it('a whole response is written in one piece', () => {
  const codec = containerAt('answering');
  expect(bytesOf(codec.encode({ ...DONE, chunk: bytesOf('hi') }))).toEqual(
    bytesOf(
      ...['AB', 0, 10, 4, 0, 200, 0, 2, 'OK', 0, 0, 0],
      ...['AB', 0, 6, 3, 0, 2, 'hi', 0],
      ...['AB', 0, 2, 5, 1],
    ),
  );
});

it('a packet of 55 bytes carries 53', () => {
  const chunk = bytesOf('x'.repeat(53));
  const bytes = bytesOf(0x12, 0x34, 0, 0x37, 0, 0x35, chunk);
  expect(containerAt('asked').feed(bytes)).toEqual([{ type: 'body', chunk }]);
});
