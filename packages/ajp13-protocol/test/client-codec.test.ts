// Ajp13ClientCodec: requests, bodies as they are wanted, and answers.
import { describe, expect, it } from 'vitest';
import { Ajp13ClientCodec } from '../src/client-codec.ts';
import { bytesOf, container, everySplit, webServer } from '../src/testing.ts';
import { failure } from './failure.ts';
import { GET, webServerAt } from './places.ts';

const OK = container.head(200, 'OK');
const ANSWER = bytesOf(OK, container.end(true));
const refused = (code: string, statusHint: number) =>
  expect.objectContaining({ code, blame: 'local', statusHint });
const chunkOf = (size: number) => new Uint8Array(size);

function sending(length: string | undefined): Ajp13ClientCodec {
  const codec = new Ajp13ClientCodec();
  const headers = length ? ['Content-Length', length] : ['Transfer-Encoding', 'chunked'];
  codec.encode({ ...GET, method: 'POST', headers });
  return codec;
}

describe('a request', () => {
  it('waits for the answer to the last one, and for a connection that stays', () => {
    const codec = webServerAt('head');
    for (const command of [GET, { type: 'ping' } as const])
      expect(() => codec.encode(command)).toThrow(refused('ERR_AJP13_COMMAND', 400));
    codec.feed(ANSWER);
    codec.encode(GET);
    codec.feed(bytesOf(OK, container.end(false)));
    expect(() => codec.encode(GET)).toThrow(refused('ERR_AJP13_COMMAND', 400));
    expect(codec.feed(ANSWER)).toEqual([]);
  });
});

describe('a body', () => {
  const send = (codec: Ajp13ClientCodec, size: number) =>
    codec.encode({ type: 'body', chunk: chunkOf(size) });
  const end = (codec: Ajp13ClientCodec) => codec.encode({ type: 'body-end' });
  const none = refused('ERR_AJP13_COMMAND', 400);

  it('goes out unasked once, where Content-Length announces it', () => {
    const codec = sending('20000');
    expect(bytesOf(send(codec, 8186))).toEqual(webServer.data(chunkOf(8186)));
    expect(() => send(codec, 1)).toThrow(none);
    expect(codec.feed(container.getBody(65535))).toEqual([{ type: 'want', size: 8186 }]);
    expect(send(codec, 8186)).toHaveLength(8192);
    codec.feed(container.getBody(3000));
    expect(() => send(codec, 3001)).toThrow(none); // more than wanted
    expect(send(codec, 3000)).toHaveLength(3006);
    codec.feed(container.getBody(8186));
    expect(() => send(codec, 629)).toThrow(none); // more than Content-Length
    expect(send(codec, 628)).toHaveLength(634);
    expect(end(codec)).toHaveLength(0); // nobody asked
    codec.feed(container.getBody(8186));
    expect(bytesOf(end(codec))).toEqual(webServer.endOfBody());
  });

  it('waits to be asked where its length is not known', () => {
    const codec = sending(undefined);
    expect(() => send(codec, 1)).toThrow(none);
    expect(end(codec)).toHaveLength(0);
    codec.feed(container.getBody(100));
    expect(send(codec, 0)).toHaveLength(0); // an empty packet would be the end
    expect(send(codec, 100)).toHaveLength(106);
    codec.feed(container.getBody(100));
    expect(bytesOf(end(codec))).toEqual(webServer.endOfBody());
    expect(end(codec)).toHaveLength(0);
  });

  it('does not end before Content-Length, or before a request', () => {
    const codec = sending('5');
    send(codec, 2);
    codec.feed(container.getBody(3));
    expect(() => end(codec)).toThrow(none);
    expect(send(codec, 3)).toHaveLength(9);
    expect(end(new Ajp13ClientCodec())).toHaveLength(0);
    expect(() => send(new Ajp13ClientCodec(), 1)).toThrow(none);
  });

  it.each([0, 1])('is asked for by %d bytes: 1 (row 26)', (size) => {
    const codec = sending(undefined);
    expect(codec.feed(container.getBody(size))).toEqual([{ type: 'want', size: 1 }]);
    expect(send(codec, 1)).toHaveLength(7);
  });

  it('may be asked for where there is none, once', () => {
    const codec = webServerAt('head');
    expect(codec.feed(container.getBody(9))).toEqual([{ type: 'want', size: 9 }]);
    expect(() => send(codec, 1)).toThrow(none);
    expect(bytesOf(end(codec))).toEqual(webServer.endOfBody());
    expect(failure(() => codec.feed(container.getBody(9))).code).toBe('ERR_AJP13_UNEXPECTED');
  });

  it('is not asked for twice at once', () => {
    const codec = sending(undefined);
    codec.feed(container.getBody(9));
    expect(failure(() => codec.feed(container.getBody(9)))).toMatchObject({
      ...{ code: 'ERR_AJP13_UNEXPECTED', statusHint: 502 },
    });
  });

  it('that is still due when the answer ends costs the connection', () => {
    const first = sending('5');
    expect(first.feed(ANSWER).at(-1)).toEqual({ type: 'end', reuse: false });
    const asked = sending(undefined);
    asked.feed(container.getBody(9));
    expect(asked.feed(ANSWER).at(-1)).toEqual({ type: 'end', reuse: false });
    const unasked = sending('5');
    send(unasked, 2);
    expect(unasked.feed(ANSWER).at(-1)).toEqual({ type: 'end', reuse: true });
  });
});

describe('an answer', () => {
  it('may carry its bodies with and without NUL, and with more', () => {
    const chunks = [
      [3, 0, 2, 'hi', 0],
      [3, 0, 2, 'ho'],
      [3, 0, 1, '!', 'more'],
      [3, 0, 0],
    ];
    const bytes = bytesOf(
      chunks.map((chunk) => container.packet(chunk)),
      container.end(true),
    );
    for (const pieces of everySplit(bytes)) {
      const codec = webServerAt('body');
      const events = pieces.flatMap((piece) => codec.feed(piece));
      const body = events.flatMap((event) => (event.type === 'body' ? [event.chunk] : []));
      expect(bytesOf(body)).toEqual(bytesOf('hiho!'));
      expect(events.at(-1)).toEqual({ type: 'end', reuse: true });
    }
  });

  it('has no interim responses, no null values, and any flag but 0 keeps the connection', () => {
    const codec = webServerAt('head');
    expect(codec.feed(bytesOf(container.chunk(''), container.head(103, 'Hints')))).toEqual([]);
    const head = container.head(200, undefined, [[0xa00b, undefined]]);
    const headers = [['WWW-Authenticate', '']];
    expect(codec.feed(bytesOf(head, container.packet(5, 7)))).toEqual([
      { type: 'head', status: 200, reason: '', headers },
      { type: 'end', reuse: true },
    ]);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('without body has none, whatever is sent: %s, %d', (method, status) => {
    const codec = new Ajp13ClientCodec();
    codec.encode({ ...GET, method });
    const bytes = bytesOf(container.head(status, ''), container.chunk('hi'), container.end(true));
    expect(codec.feed(bytes).map((event) => event.type)).toEqual(['head', 'end']);
    codec.encode(GET);
    expect(codec.feed(bytesOf(OK, container.chunk('hi')))).toHaveLength(2);
  });

  it('has its head to itself: nothing is left from the one before (CVE-2023-34981)', () => {
    const codec = webServerAt('head');
    codec.feed(ANSWER);
    codec.encode(GET);
    expect(failure(() => codec.feed(container.end(true))).code).toBe('ERR_AJP13_RESPONSE');
  });

  it.each(['head', 'body'] as const)('that is cut short is an error: %s', (place) => {
    const codec = webServerAt(place);
    expect(failure(() => codec.finish())).toMatchObject({
      ...{ code: 'ERR_AJP13_TRUNCATED', statusHint: 502, blame: 'remote' },
    });
    expect(codec.finish()).toEqual([]);
  });

  it('that is complete can be followed by a close', () => {
    const codec = webServerAt('head');
    codec.feed(ANSWER);
    expect(codec.finish()).toEqual([]);
    expect(() => codec.encode(GET)).toThrow(refused('ERR_AJP13_COMMAND', 400));
    const half = webServerAt('idle');
    half.feed(OK.subarray(0, 1));
    expect(failure(() => half.finish()).code).toBe('ERR_AJP13_TRUNCATED');
  });
});

describe('a ping', () => {
  it('is answered once', () => {
    const codec = new Ajp13ClientCodec();
    expect(bytesOf(codec.encode({ type: 'ping' }))).toEqual(webServer.cping());
    expect(codec.feed(container.cpong())).toEqual([{ type: 'pong' }]);
    expect(failure(() => codec.feed(container.cpong())).code).toBe('ERR_AJP13_UNEXPECTED');
  });

  it('may be answered after the next request went out', () => {
    const codec = new Ajp13ClientCodec();
    codec.encode({ type: 'ping' });
    codec.encode(GET);
    const events = codec.feed(bytesOf(container.cpong(), ANSWER));
    expect(events.map((event) => event.type)).toEqual(['pong', 'head', 'end']);
  });

  it('without an answer is an error', () => {
    const codec = new Ajp13ClientCodec();
    codec.encode({ type: 'ping' });
    expect(failure(() => codec.finish()).code).toBe('ERR_AJP13_TRUNCATED');
  });
});
