// FastcgiServerCodec: requests, one after the other and mixed, and what becomes of their input.
import { everySplit } from '@sluice/protocol/testing';
import { describe, expect, it } from 'vitest';
import { join, latin1, text } from '../../../test/vectors/bytes.ts';
import { REQUESTS } from '../../../test/vectors/fastcgi.ts';
import { KEEP_CONN, ProtocolStatus, Role } from '../src/constants.ts';
import { FastcgiServerCodec } from '../src/server-codec.ts';
import { beginRequest, endRequest, pairs, record, request, stream } from '../src/testing.ts';
import { failure, outcomeOf, uncut } from './read.ts';

const POST = ['CONTENT_LENGTH', '5'];
/** A POST up to the end of its parameters. */
const head = (id = 1, variables: readonly string[] = POST, role: number = Role.RESPONDER) =>
  join([beginRequest(id, role), stream(4, id, pairs(variables))]);
const stdin = (content: string, id = 1) => record(5, id, content);
const types = (events: readonly { type: string }[]) => events.map(({ type }) => type);

describe.each(REQUESTS)('$name', ({ bytes, variables, contentLength, body }) => {
  it('is read the same however its bytes arrive', () => {
    const expected = [
      {
        type: 'request',
        id: 1,
        role: Role.RESPONDER,
        keep: false,
        variables,
        contentLength,
        ended: false,
      },
      ...(body ? [{ type: 'body', id: 1, chunk: latin1(body) }] : []),
      { type: 'end', id: 1 },
    ];
    for (const chunks of everySplit(bytes)) {
      const { events, error } = outcomeOf(new FastcgiServerCodec(), chunks);
      expect(error).toBeUndefined();
      expect(uncut(events)).toEqual(expected);
    }
  });
});

describe('a request', () => {
  it('says what it is asked to be, and whether the connection stays', () => {
    const roles = [Role.RESPONDER, Role.AUTHORIZER, Role.FILTER];
    const codec = new FastcgiServerCodec({ roles });
    for (const role of roles) {
      const [event] = codec.feed(request({ id: 500 + role, role, flags: KEEP_CONN }));
      expect(event).toMatchObject({ type: 'request', id: 500 + role, role, keep: true });
    }
    expect(codec.keep).toBe(true);
    expect(codec.active).toBe(3);
    codec.feed(beginRequest(1, Role.RESPONDER, 0xfe)); // the other bits are reserved
    expect(codec.keep).toBe(false);
    expect(codec.active).toBe(4);
    codec.feed(beginRequest(2, Role.RESPONDER, KEEP_CONN));
    expect(codec.keep).toBe(false);
  });

  it('says that it is ended only if the end of STDIN came in the same chunk', () => {
    const whole = request();
    expect(new FastcgiServerCodec().feed(whole)).toMatchObject([{ type: 'request', ended: true }]);
    const codec = new FastcgiServerCodec();
    expect(codec.feed(whole.subarray(0, -8))).toMatchObject([{ type: 'request', ended: false }]);
    expect(codec.feed(whole.subarray(-8))).toEqual([{ type: 'end', id: 1 }]);
    const none = new FastcgiServerCodec();
    expect(none.feed(head(1, ['CONTENT_LENGTH', '0']))).toMatchObject([{ ended: false }]);
    expect(none.feed(stdin(''))).toEqual([{ type: 'end', id: 1 }]);
  });

  it('of an Authorizer has no body, whatever becomes of its STDIN', () => {
    const open = () => new FastcgiServerCodec({ roles: [Role.AUTHORIZER] });
    const asked = head(1, ['REQUEST_METHOD', 'GET'], Role.AUTHORIZER);
    for (const rest of [[], [stdin('')]]) {
      const events = open().feed(join([asked, ...rest]));
      expect(events).toMatchObject([{ role: Role.AUTHORIZER, ended: true }]);
    }
    expect(outcomeOf(open(), [asked]).error).toBeUndefined();
    const withBody = head(1, ['CONTENT_LENGTH', '2'], Role.AUTHORIZER);
    const records = join([withBody, stdin('hi'), stdin('')]);
    expect(types(open().feed(records))).toEqual(['request', 'body', 'end']);
  });

  it('of a Filter has DATA behind STDIN', () => {
    const codec = new FastcgiServerCodec({ roles: [Role.FILTER] });
    const bytes = request({ role: Role.FILTER, variables: POST, stdin: 'a=b&c', data: 'file' });
    for (const chunks of everySplit(bytes)) {
      const { events } = outcomeOf(new FastcgiServerCodec({ roles: [Role.FILTER] }), chunks);
      expect(uncut(events).slice(1)).toEqual([
        { type: 'body', id: 1, chunk: latin1('a=b&c') },
        { type: 'end', id: 1 },
        { type: 'data', id: 1, chunk: latin1('file') },
        { type: 'data-end', id: 1 },
      ]);
    }
    codec.feed(bytes.subarray(0, -8));
    expect(codec.finish()).toMatchObject([{ type: 'truncated', id: 1 }]);
    expect(codec.finish()).toEqual([]);
  });
});

describe('a body', () => {
  it('ends with STDIN, and not with CONTENT_LENGTH: a record is still on its way then', () => {
    const codec = new FastcgiServerCodec();
    expect(types(codec.feed(join([head(), stdin('hello')])))).toEqual(['request', 'body']);
    expect(codec.feed(stdin(''))).toEqual([{ type: 'end', id: 1 }]);
    expect(codec.finish()).toEqual([]);
  });

  it('that is there whole ends with the connection too', () => {
    const codec = new FastcgiServerCodec();
    codec.feed(join([head(), stdin('hello')]));
    expect(codec.finish()).toEqual([{ type: 'end', id: 1 }]);
  });

  it('comes as views, and as it comes', () => {
    const codec = new FastcgiServerCodec();
    codec.feed(head());
    const bytes = stdin('hello');
    const [event] = codec.feed(bytes.subarray(0, 10));
    expect(event).toMatchObject({ type: 'body', chunk: bytes.subarray(8, 10) });
    if (event?.type === 'body') expect(event.chunk.buffer).toBe(bytes.buffer);
    const piece = bytes.subarray(10, 12);
    const [next] = codec.feed(piece);
    expect(next?.type === 'body' && next.chunk).toBe(piece);
  });

  it('has no more than CONTENT_LENGTH bytes: the rest is counted, and is no request', () => {
    const smuggled = text(request({ id: 2 }));
    const codec = new FastcgiServerCodec();
    const sent = join([head(), stdin(`hello${smuggled}`), stdin('more'), stdin('')]);
    expect(uncut(codec.feed(sent)).slice(1)).toEqual([
      { type: 'body', id: 1, chunk: latin1('hello') },
      { type: 'end', id: 1 },
      { type: 'surplus', size: smuggled.length + 4 },
    ]);
    expect(codec.active).toBe(1);
  });

  it('that stops short is told, once', () => {
    const codec = new FastcgiServerCodec();
    const events = codec.feed(join([head(), stdin('hell'), stdin('')]));
    expect(events.at(-1)).toMatchObject({
      type: 'truncated',
      id: 1,
      error: { code: 'ERR_FASTCGI_TRUNCATED', statusHint: 400, blame: 'remote' },
    });
    expect(codec.finish()).toEqual([]);
    expect(codec.error).toBeUndefined();
    const nothing = new FastcgiServerCodec().feed(join([head(), stdin('')]));
    expect(types(nothing)).toEqual(['request', 'truncated']);
    expect(nothing[0]).toMatchObject({ ended: false });
  });

  it('of an upgraded connection goes on behind CONTENT_LENGTH', () => {
    const codec = new FastcgiServerCodec();
    codec.upgrade(1); // of nothing: nothing
    codec.feed(head(1, ['CONTENT_LENGTH', '0']));
    codec.upgrade(1);
    expect(codec.feed(stdin('frame'))).toMatchObject([{ type: 'body', chunk: latin1('frame') }]);
    codec.encode({ type: 'stdout', id: 1, head: 'Status: 101\r\n\r\n', last: false });
    expect(codec.feed(stdin('x'.repeat(100)))).toMatchObject([{ type: 'body' }]);
    expect(codec.feed(stdin(''))).toEqual([{ type: 'end', id: 1 }]);
    codec.upgrade(1);
    expect(codec.finish()).toEqual([]);
  });

  it('of an upgraded connection ends with the connection, but not inside a record', () => {
    const open = () => {
      const codec = new FastcgiServerCodec();
      codec.feed(head(1, ['CONTENT_LENGTH', '0']));
      codec.upgrade(1);
      return codec;
    };
    expect(open().finish()).toEqual([{ type: 'end', id: 1 }]);
    const inside = open();
    inside.feed(stdin('hello').subarray(0, 10));
    expect(inside.finish()).toMatchObject([{ type: 'truncated', id: 1 }]);
  });
});

describe('requests of one connection', () => {
  it('come one after the other, with the same id', () => {
    const codec = new FastcgiServerCodec();
    for (let round = 0; round < 3; round++) {
      expect(codec.feed(request())).toMatchObject([{ type: 'request', id: 1 }]);
      expect(codec.active).toBe(1);
      codec.encode({ type: 'stdout', id: 1, last: true });
      expect(codec.active).toBe(0);
    }
  });

  it('may be mixed', () => {
    const mixed = join([
      ...[beginRequest(1), beginRequest(2), record(4, 2, pairs(POST)), record(4, 1, pairs(POST))],
      ...[record(4, 1), stdin('he'), record(4, 2), stdin('wor', 2), stdin('llo'), stdin('ld', 2)],
      ...[stdin(''), stdin('', 2)],
    ]);
    const { events } = outcomeOf(new FastcgiServerCodec(), [mixed]);
    const bodies = [1, 2].map((id) =>
      events.map((event) => (event.type === 'body' && event.id === id ? text(event.chunk) : '')),
    );
    expect(bodies.map((pieces) => pieces.join(''))).toEqual(['hello', 'world']);
    expect(events.flatMap((event) => (event.type === 'end' ? event.id : []))).toEqual([1, 2]);
  });

  it('end each for itself, when both had no body', () => {
    const heads = [head(1, []), head(2, [])];
    const events = new FastcgiServerCodec().feed(join([...heads, stdin('', 1), stdin('', 2)]));
    expect(events).toMatchObject([
      { type: 'request', id: 1, ended: false },
      { type: 'request', id: 2, ended: false },
      { type: 'end', id: 1 },
      { type: 'end', id: 2 },
    ]);
  });

  it('are one at a time where the application wants it so', () => {
    const codec = new FastcgiServerCodec({ multiplexed: false });
    codec.feed(head(1));
    const refused = endRequest(2, 0, ProtocolStatus.CANT_MPX_CONN);
    const [event, ...rest] = codec.feed(request({ id: 2 }));
    expect(event).toEqual({ type: 'reply', bytes: Buffer.from(refused) });
    expect(new Set(types(rest))).toEqual(new Set(['surplus']));
    expect(types(codec.feed(join([stdin('hello'), stdin('')])))).toEqual(['body', 'end']);
    codec.encode({ type: 'stdout', id: 1, last: true });
    expect(types(codec.feed(request({ id: 2 })))).toEqual(['request']);
  });

  it('say when they are too many', () => {
    const codec = new FastcgiServerCodec({ maxRequests: 2 });
    codec.feed(join([head(1), head(2)]));
    const overloaded = endRequest(3, 0, ProtocolStatus.OVERLOADED);
    expect(codec.feed(beginRequest(3))).toEqual([
      { type: 'reply', bytes: Buffer.from(overloaded) },
    ]);
    codec.encode({ type: 'end', id: 2 });
    expect(codec.feed(beginRequest(3))).toEqual([]);
    expect(codec.active).toBe(2);
  });
});

describe('a command', () => {
  it.each([
    ['of a request that never was', () => new FastcgiServerCodec()],
    [
      'of a request that is answered',
      () => {
        const codec = new FastcgiServerCodec();
        codec.feed(head());
        codec.encode({ type: 'end', id: 1 });
        return codec;
      },
    ],
  ])('is refused: %s', (_name, open) => {
    const chunk = latin1('x');
    for (const command of [
      { type: 'stdout', id: 1, chunk, last: false },
      { type: 'stderr', id: 1, chunk },
      { type: 'end', id: 1 },
    ] as const) {
      const error = failure(() => open().encode(command));
      expect(error).toMatchObject({ code: 'ERR_FASTCGI_COMMAND', blame: 'local' });
    }
  });
});
