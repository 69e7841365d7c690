// Ajp13ServerCodec: requests one after the other, bodies asked for, and the packet that is owed.
import { ProtocolError } from '@sluice/protocol';
import { describe, expect, it } from 'vitest';
import { Ajp13ServerCodec } from '../src/server-codec.ts';
import type { Ajp13Event } from '../src/server-messages.ts';
import { bytesOf, everySplit, joinChunks, webServer } from '../src/testing.ts';
import { failure, refusal } from './failure.ts';
import { containerAt, DONE, POST_CHUNKED } from './places.ts';

const NEXT = webServer.forward({ uri: '/next' });
const types = (events: readonly Ajp13Event[]) => events.map((event) => event.type);
/** Body of 512 bytes that begins like a Forward Request, so that its packet does too (CVE-2011-3190). */
const DECEIT = bytesOf(NEXT.subarray(4), 'x'.repeat(512)).subarray(0, 512);

function post(length: number): Uint8Array {
  return webServer.forward({ method: 4, headers: [[0xa008, `${length}`]] });
}

describe('get-body', () => {
  const ask = { type: 'get-body' } as const;
  const asks = (size: number) => bytesOf('AB', 0, 3, 6, size >> 8, size);

  it('asks for what is left, at most what fits into a packet', () => {
    const codec = new Ajp13ServerCodec();
    const first = webServer.data('x'.repeat(8186));
    codec.feed(bytesOf(post(20000), first));
    expect(bytesOf(codec.encode(ask))).toEqual(asks(8186));
    codec.feed(first);
    expect(bytesOf(codec.encode(ask))).toEqual(asks(20000 - 2 * 8186));
    expect(types(codec.feed(webServer.data('x'.repeat(3628))))).toEqual(['body', 'end']);
  });

  it('asks for as much as fits where the length is not known', () => {
    const codec = new Ajp13ServerCodec({ maxPacketSize: 65536 });
    codec.feed(POST_CHUNKED);
    expect(bytesOf(codec.encode(ask))).toEqual(asks(65530));
  });

  it('asks for nothing while nothing may be asked for', () => {
    const silent = (codec: Ajp13ServerCodec) => expect(codec.encode(ask)).toHaveLength(0);
    silent(containerAt('idle'));
    silent(containerAt('answering'));
    silent(containerAt('first'));
    silent(containerAt('asked'));
    const codec = containerAt('first');
    codec.feed(webServer.data('abcde').subarray(0, 5));
    silent(codec); // half a packet came
    codec.feed(webServer.data('abcde').subarray(5, 8));
    silent(codec);
    codec.feed(webServer.data('abcde').subarray(8));
    silent(codec); // the body is complete
    const refused = containerAt('unasked');
    failure(() => refused.feed(NEXT));
    silent(refused);
  });

  it('asks again after each packet, and not after the end', () => {
    const codec = containerAt('asked');
    expect(types(codec.feed(webServer.data('a')))).toEqual(['body']);
    expect(codec.encode(ask)).toHaveLength(7);
    expect(types(codec.feed(webServer.endOfBody()))).toEqual(['end']);
    expect(codec.encode(ask)).toHaveLength(0);
  });

  it('asks while the response is being sent, and not behind it', () => {
    const codec = containerAt('unasked');
    codec.encode({ ...DONE, last: false });
    expect(codec.encode(ask)).toHaveLength(7);
    expect(types(codec.feed(webServer.data('cde')))).toEqual(['body', 'end']);
    const early = containerAt('unasked');
    early.encode(DONE);
    expect(early.encode(ask)).toHaveLength(0);
  });
});

describe('the packet that is owed', () => {
  const early: readonly (readonly [string, () => Ajp13ServerCodec, Uint8Array])[] = [
    [
      'the unasked first one',
      () => {
        const codec = new Ajp13ServerCodec();
        codec.feed(post(512));
        return codec;
      },
      webServer.data(DECEIT),
    ],
    ['the answer to Get Body Chunk', () => containerAt('asked'), webServer.data(DECEIT)],
    ['the end, after Get Body Chunk', () => containerAt('asked'), webServer.endOfBody('httpd')],
    ['an empty one in place of the first', () => containerAt('first'), webServer.endOfBody()],
  ];

  it.each(early)('is dropped, and exactly it, before the next request: %s', (_n, open, owed) => {
    for (const chunks of everySplit(bytesOf(owed, NEXT))) {
      const codec = open();
      expect(codec.clean).toBe(true);
      expect(codec.encode(DONE).at(-1)).toBe(1);
      expect(joinChunks(chunks.flatMap((chunk) => codec.feed(chunk)))).toMatchObject([
        { type: 'request', uri: '/next' },
      ]);
    }
  });

  it.each(early)('may have come in part: %s', (_name, open, owed) => {
    for (let size = 1; size < owed.length; size++) {
      const codec = open();
      codec.feed(owed.subarray(0, size));
      expect(codec.encode(DONE).at(-1)).toBe(1);
      const events = codec.feed(bytesOf(owed.subarray(size), NEXT));
      expect(events).toMatchObject([{ type: 'request', uri: '/next' }]);
    }
  });

  it('is none where nothing was asked for: what was not sent is not waited for', () => {
    for (const open of [() => containerAt('unasked'), () => chunked()]) {
      const codec = open();
      expect(codec.clean).toBe(true);
      codec.encode(DONE);
      expect(codec.feed(NEXT)).toMatchObject([{ type: 'request', uri: '/next' }]);
    }
    function chunked(): Ajp13ServerCodec {
      const codec = new Ajp13ServerCodec();
      codec.feed(POST_CHUNKED);
      return codec;
    }
  });

  it('is body, whatever it looks like', () => {
    const codec = new Ajp13ServerCodec();
    const bytes = bytesOf(post(512), webServer.data(DECEIT));
    expect(codec.feed(bytes)).toEqual([
      expect.objectContaining({ type: 'request', contentLength: 512, hasBody: true }),
      { type: 'body', chunk: DECEIT },
      { type: 'end' },
    ]);
  });
});

it('Content-Length 0 is no body: nothing is owed, nothing asked for (CVE-2014-0095)', () => {
  const codec = new Ajp13ServerCodec();
  expect(codec.feed(post(0))).toMatchObject([{ hasBody: false, contentLength: 0 }]);
  expect(codec.encode({ type: 'get-body' })).toHaveLength(0);
  codec.encode(DONE);
  expect(types(codec.feed(NEXT))).toEqual(['request']);
});

describe('a body that ends early', () => {
  it.each(['mod_jk', 'httpd'] as const)(
    'is reported, and the connection is spent: %s',
    (sender) => {
      for (const place of ['first', 'unasked'] as const) {
        const codec = containerAt(place);
        codec.encode({ type: 'get-body' });
        const [event] = codec.feed(webServer.endOfBody(sender));
        expect(event).toMatchObject({ type: 'truncated' });
        const error = event?.type === 'truncated' ? event.error : undefined;
        expect(error).toBeInstanceOf(ProtocolError);
        expect(error).toMatchObject({ code: 'ERR_AJP13_TRUNCATED', statusHint: 400 });
        expect(codec.clean).toBe(false);
        expect(codec.encode({ ...DONE, reuse: true }).at(-1)).toBe(0);
        expect(codec.feed(NEXT)).toEqual([]);
      }
    },
  );
});

describe('the peer stops', () => {
  it('between requests: nothing is lost', () => {
    const codec = new Ajp13ServerCodec();
    codec.feed(webServer.cping());
    expect(codec.finish()).toEqual([]);
    expect(codec.clean).toBe(false);
    expect(codec.feed(NEXT)).toEqual([]);
    expect(codec.finish()).toEqual([]);
  });

  it('inside a packet', () => {
    for (let size = 1; size < NEXT.length; size++) {
      const codec = new Ajp13ServerCodec();
      expect(codec.feed(NEXT.subarray(0, size))).toEqual([]);
      expect(failure(() => codec.finish())).toMatchObject({
        code: 'ERR_AJP13_TRUNCATED',
        statusHint: undefined,
      });
      expect(codec.finish()).toEqual([]);
    }
  });

  it.each(['first', 'unasked', 'asked'] as const)('inside a body: %s', (place) => {
    const codec = containerAt(place);
    const error = failure(() => codec.finish());
    expect(error).toMatchObject({ code: 'ERR_AJP13_TRUNCATED', statusHint: 400 });
    expect(codec.encode(DONE).at(-1)).toBe(0);
  });

  it('while it is answered: the answer can be written', () => {
    const codec = containerAt('answering');
    expect(codec.finish()).toEqual([]);
    expect(codec.encode(DONE).at(-1)).toBe(0);
  });
});

describe('bodies without inner length, as lighttpd sends them', () => {
  const raw = { dataLength: false };

  it('are read with dataLength: false, however their bytes arrive', () => {
    const chunk = bytesOf('x'.repeat(300));
    for (const chunks of everySplit(bytesOf(post(300), webServer.rawData(chunk)))) {
      const codec = new Ajp13ServerCodec(raw);
      const events = joinChunks(chunks.flatMap((piece) => codec.feed(piece)));
      expect(types(events)).toEqual(['request', 'body', 'end']);
      expect(events[1]).toEqual({ type: 'body', chunk });
    }
  });

  it('may be two NUL', () => {
    const codec = new Ajp13ServerCodec(raw);
    const events = codec.feed(bytesOf(post(2), webServer.rawData([0, 0])));
    expect(types(events)).toEqual(['request', 'body', 'end']);
  });

  it('are refused without, and the message says what to do', () => {
    const codec = new Ajp13ServerCodec();
    const error = refusal(codec, [bytesOf(post(300), webServer.rawData('x'.repeat(300)))]);
    expect(error.code).toBe('ERR_AJP13_DATA');
    expect(error.message).toContain('dataLength must be false');
  });

  it('end with an empty packet; one follows a request without body', () => {
    const codec = new Ajp13ServerCodec(raw);
    codec.feed(bytesOf(webServer.forward(), webServer.packet()));
    codec.encode(DONE);
    codec.feed(bytesOf(post(5), webServer.packet()));
    expect(codec.clean).toBe(false);
  });
});
