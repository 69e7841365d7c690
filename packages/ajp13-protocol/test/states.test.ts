// Every place of a conversation × everything that may arrive there.
import { describe, expect, it } from 'vitest';
import type { WebServerPlace } from '../../../test/vectors/ajp13.ts';
import { Ajp13ServerCodec } from '../src/server-codec.ts';
import { bytesOf, container, everySplit, webServer } from '../src/testing.ts';
import { containerAt, DONE, POST_CHUNKED, webServerAt } from './places.ts';

/** What a codec reports, or the code of the error. */
function outcome(
  codec: { feed(chunk: Uint8Array): { readonly type: string }[] },
  chunks: readonly Uint8Array[],
): string {
  const types = new Set<string>();
  try {
    for (const chunk of chunks) for (const event of codec.feed(chunk)) types.add(event.type);
  } catch (error) {
    return (error as { code: string }).code.slice('ERR_AJP13_'.length);
  }
  return [...types].join(' ') || '-';
}

const TO_CONTAINER = {
  CPing: webServer.cping(),
  request: webServer.forward(),
  'abc of body': webServer.data('abc'),
  'empty packet': webServer.endOfBody('mod_jk'),
  'empty body': webServer.endOfBody('httpd'),
  SHUTDOWN: webServer.packet(7),
};

/** A codec whose request with Content-Length 3 is answered before its body came. */
function earlyAnswer(): Ajp13ServerCodec {
  const codec = new Ajp13ServerCodec();
  codec.feed(webServer.forward({ headers: [[0xa008, '3']] }));
  codec.encode(DONE);
  return codec;
}

/** A codec whose Get Body Chunk is not answered when its response is complete. */
function earlyAnswerWhenAsked(): Ajp13ServerCodec {
  const codec = containerAt('asked');
  codec.encode(DONE);
  return codec;
}

/** A request whose whole body came. */
function bodyRead(): Ajp13ServerCodec {
  const codec = new Ajp13ServerCodec();
  codec.feed(bytesOf(webServer.forward({ headers: [[0xa008, '3']] }), webServer.data('abc')));
  return codec;
}

function closed(): Ajp13ServerCodec {
  const codec = containerAt('answering');
  codec.encode({ ...DONE, reuse: false });
  return codec;
}

function answered(): Ajp13ServerCodec {
  const codec = bodyRead();
  codec.encode(DONE);
  return codec;
}

function chunkedUnasked(): Ajp13ServerCodec {
  const codec = new Ajp13ServerCodec();
  codec.feed(POST_CHUNKED);
  return codec;
}

const UNEXPECTED = Array<string>(6).fill('UNEXPECTED');

/** Outcomes in the order of TO_CONTAINER. */
const CONTAINER_TABLE: readonly {
  readonly place: string;
  readonly open: () => Ajp13ServerCodec;
  readonly outcomes: readonly string[];
}[] = [
  {
    place: 'idle',
    open: () => containerAt('idle'),
    outcomes: ['reply', 'request', 'PACKET_TYPE', '-', '-', 'SHUTDOWN'],
  },
  {
    place: 'answered',
    open: answered,
    outcomes: ['reply', 'request', 'PACKET_TYPE', '-', '-', 'SHUTDOWN'],
  },
  {
    place: 'answered before its body came',
    open: earlyAnswer,
    outcomes: ['DATA', 'DATA', '-', '-', '-', 'DATA'],
  },
  {
    place: 'answered while body was asked for',
    open: earlyAnswerWhenAsked,
    outcomes: ['DATA', 'DATA', '-', '-', '-', 'DATA'],
  },
  {
    place: 'first',
    open: () => containerAt('first'),
    outcomes: ['DATA', 'DATA', 'body', 'truncated', 'truncated', 'DATA'],
  },
  {
    place: 'asked',
    open: () => containerAt('asked'),
    outcomes: ['DATA', 'DATA', 'body', 'end', 'end', 'DATA'],
  },
  { place: 'unasked', open: () => containerAt('unasked'), outcomes: UNEXPECTED },
  { place: 'unasked, of unknown length', open: chunkedUnasked, outcomes: UNEXPECTED },
  {
    place: 'answering',
    open: () => containerAt('answering'),
    outcomes: ['UNEXPECTED', 'UNEXPECTED', 'UNEXPECTED', '-', '-', 'UNEXPECTED'],
  },
  { place: 'body read', open: bodyRead, outcomes: UNEXPECTED },
  { place: 'closed', open: closed, outcomes: Array(6).fill('-') },
];

describe.each(CONTAINER_TABLE)('a container, $place', ({ open, outcomes }) => {
  it.each(Object.entries(TO_CONTAINER).map(([name, bytes], at) => ({ name, bytes, at })))(
    '$name',
    ({ bytes, at }) => {
      for (const chunks of everySplit(bytes)) expect(outcome(open(), chunks)).toBe(outcomes[at]);
    },
  );
});

const TO_WEB_SERVER = {
  head: container.head(200, 'OK'),
  body: container.chunk('hi'),
  flush: container.chunk(''),
  wanted: container.getBody(9),
  end: container.end(true),
  CPong: container.cpong(),
};

/** Outcomes in the order of TO_WEB_SERVER. */
const WEB_SERVER_TABLE: readonly {
  readonly place: WebServerPlace;
  readonly outcomes: readonly string[];
}[] = [
  { place: 'idle', outcomes: UNEXPECTED },
  { place: 'head', outcomes: ['head', 'RESPONSE', '-', 'want', 'RESPONSE', 'UNEXPECTED'] },
  { place: 'body', outcomes: ['RESPONSE', 'body', '-', 'want', 'end', 'UNEXPECTED'] },
  { place: 'ended', outcomes: ['head', 'RESPONSE', '-', 'UNEXPECTED', 'RESPONSE', 'UNEXPECTED'] },
];

describe.each(WEB_SERVER_TABLE)('a web server, $place', ({ place, outcomes }) => {
  it.each(Object.entries(TO_WEB_SERVER).map(([name, bytes], at) => ({ name, bytes, at })))(
    '$name',
    ({ bytes, at }) => {
      for (const chunks of everySplit(bytes))
        expect(outcome(webServerAt(place), chunks)).toBe(outcomes[at]);
    },
  );
});

it('only one empty packet is let through', () => {
  for (const place of ['idle', 'answering'] as const) {
    const codec = containerAt(place);
    expect(codec.feed(webServer.endOfBody('httpd'))).toEqual([]);
    expect(outcome(codec, [webServer.endOfBody('httpd')])).toBe('UNEXPECTED');
  }
  const codec = containerAt('answering');
  codec.feed(webServer.endOfBody());
  codec.encode(DONE);
  codec.feed(webServer.forward());
  expect(codec.feed(webServer.endOfBody())).toEqual([]); // one for each request
});
