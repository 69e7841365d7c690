// Every state of UwsgiServerCodec and UwsgiClientCodec against everything that can happen in it.
import type { ProtocolError } from '@sluice/protocol';
import { describe, expect, it } from 'vitest';
import { latin1 } from '../../../test/vectors/bytes.ts';
import { UwsgiClientCodec, type UwsgiClientCommand } from '../src/client-codec.ts';
import { UwsgiServerCodec } from '../src/server-codec.ts';
import { header, packet, response } from '../src/testing.ts';
import { failure } from './failure.ts';

const GET = packet(['REQUEST_METHOD', 'GET', 'X', 'its last byte may be any']);
const POST = packet(['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '3'], 'abc');
const PING = header(100, 0, 0);
const PONG = header(100, 0, 1);
const NO_REQUEST = header(22, 0);
const NOTHING = new Uint8Array(0);

/** What an input leads to: the types of the events, or the code of the error. */
function outcome(action: () => readonly { readonly type: string }[]): string {
  try {
    return action()
      .map((event) => event.type)
      .join(' ');
  } catch (error) {
    return (error as ProtocolError).code;
  }
}

describe('UwsgiServerCodec', () => {
  type Input = 'GET' | 'POST' | 'one byte' | 'nothing' | 'refused' | 'ping' | 'finish';
  const inputs: Record<Input, (codec: UwsgiServerCodec) => string> = {
    GET: (codec) => outcome(() => codec.feed(GET)),
    POST: (codec) => outcome(() => codec.feed(POST)),
    'one byte': (codec) => outcome(() => codec.feed(latin1('\x10'))),
    nothing: (codec) => outcome(() => codec.feed(NOTHING)),
    refused: (codec) => outcome(() => codec.feed(NO_REQUEST)),
    ping: (codec) => outcome(() => codec.feed(PING)),
    finish: (codec) => outcome(() => codec.finish()),
  };
  const row = (...outcomes: string[]) =>
    Object.fromEntries(Object.keys(inputs).map((input, at) => [input, outcomes[at]]));
  const TRUNCATED = 'ERR_UWSGI_TRUNCATED';
  const LEAVE = () => {};
  const UPGRADE = (codec: UwsgiServerCodec) => codec.upgrade();
  const states: [
    name: string,
    Uint8Array,
    (codec: UwsgiServerCodec) => void,
    ReturnType<typeof row>,
  ][] = [
    // columns: GET, POST, one byte, nothing, refused, ping, finish
    [
      'head, nothing yet',
      NOTHING,
      LEAVE,
      row('request end', 'request body end', '', '', 'ERR_UWSGI_MODIFIER', 'reply', ''),
    ],
    [
      'head, nothing yet, upgrade too early',
      NOTHING,
      UPGRADE,
      row('request end', 'request body end', '', '', 'ERR_UWSGI_MODIFIER', 'reply', ''),
    ],
    ['head, one byte', GET.subarray(0, 1), LEAVE, row('', '', '', '', '', '', TRUNCATED)],
    ['head, its four bytes', header(0, 100), LEAVE, row('', '', '', '', '', '', TRUNCATED)],
    [
      'head, all but one byte',
      GET.subarray(0, -1),
      LEAVE,
      row(
        'request end surplus',
        'request end surplus',
        'request end',
        '',
        'request end surplus',
        'request end surplus',
        TRUNCATED,
      ),
    ],
    [
      'body, nothing of it',
      POST.subarray(0, -3),
      LEAVE,
      row(
        'body end surplus',
        'body end surplus',
        'body',
        '',
        'body end surplus',
        'body end surplus',
        TRUNCATED,
      ),
    ],
    [
      'body, all but one byte',
      POST.subarray(0, -1),
      LEAVE,
      row(
        'body end surplus',
        'body end surplus',
        'body end',
        '',
        'body end surplus',
        'body end surplus',
        TRUNCATED,
      ),
    ],
    [
      'body, upgrading',
      POST.subarray(0, -1),
      UPGRADE,
      row('body body', 'body body', 'body', '', 'body body', 'body body', TRUNCATED),
    ],
    ['done', GET, LEAVE, row('surplus', 'surplus', 'surplus', '', 'surplus', 'surplus', '')],
    [
      'done, with body',
      POST,
      LEAVE,
      row('surplus', 'surplus', 'surplus', '', 'surplus', 'surplus', ''),
    ],
    ['upgraded', GET, UPGRADE, row('body', 'body', 'body', '', 'body', 'body', 'end')],
    ['upgraded, with body', POST, UPGRADE, row('body', 'body', 'body', '', 'body', 'body', 'end')],
    ['pong', PING, LEAVE, row('surplus', 'surplus', 'surplus', '', 'surplus', 'surplus', '')],
    [
      'pong, upgrade',
      PING,
      UPGRADE,
      row('surplus', 'surplus', 'surplus', '', 'surplus', 'surplus', ''),
    ],
  ];

  it.each(states)('%s', (_name, bytes, then, expected) => {
    for (const [input, act] of Object.entries(inputs)) {
      const codec = new UwsgiServerCodec();
      codec.feed(bytes);
      then(codec);
      expect([input, act(codec)]).toEqual([input, expected[input]]);
    }
  });

  it.each([
    ['a head that is none', () => [NO_REQUEST]],
    [
      'a head that is none, in two chunks',
      () => [NO_REQUEST.subarray(0, 2), NO_REQUEST.subarray(2)],
    ],
    ['a block that is none', () => [header(0, 1), latin1('x')]],
    ['a head cut short', () => [GET.subarray(0, -1)]],
    ['a body cut short', () => [POST.subarray(0, -1)]],
  ])('failed, through %s: nothing happens any more', (_name, chunks) => {
    const codec = new UwsgiServerCodec();
    failure(() => {
      for (const chunk of chunks()) codec.feed(chunk);
      codec.finish();
    });
    codec.upgrade();
    for (const act of Object.values(inputs)) expect(act(codec)).toBe('');
  });

  it('upgrade: what was surplus before stays dropped, what comes later is body, up to the end', () => {
    const codec = new UwsgiServerCodec();
    codec.feed(GET);
    expect(codec.feed(latin1('early'))).toEqual([{ type: 'surplus', size: 5 }]);
    codec.upgrade();
    codec.upgrade();
    const chunk = latin1('frames');
    expect(codec.feed(chunk)).toEqual([{ type: 'body', chunk }]);
    expect(codec.feed(chunk)).toEqual([{ type: 'body', chunk }]);
    expect([codec.finish(), codec.finish()]).toEqual([[{ type: 'end' }], []]);
    expect(codec.feed(chunk)).toEqual([{ type: 'surplus', size: 6 }]);
  });

  it('upgrade, before the body is complete: no end between the body and what follows', () => {
    const codec = new UwsgiServerCodec();
    codec.feed(POST.subarray(0, -1));
    codec.upgrade();
    expect(outcome(() => codec.feed(latin1('c')))).toBe('body');
    expect(outcome(() => codec.feed(latin1('d')))).toBe('body');
    expect(outcome(() => codec.finish())).toBe('end');
  });
});

describe('UwsgiClientCodec', () => {
  const ANSWER = response('200 OK', [['Content-Type', 'text/plain']], 'ok');
  const commands: Record<'fresh' | 'request' | 'ping' | 'ponged', UwsgiClientCommand[]> = {
    fresh: [],
    request: [{ type: 'request', variables: [], contentLength: 0 }],
    ping: [{ type: 'ping' }],
    ponged: [{ type: 'ping' }],
  };
  const expected = {
    fresh: ['data', 'data', 'data', '', 'end'],
    request: ['data', 'data', 'data', '', 'end'],
    ping: ['ERR_UWSGI_PONG', 'pong', '', '', 'ERR_UWSGI_TRUNCATED'],
    ponged: ['', '', '', '', 'end'],
  };

  it.each(Object.keys(commands) as (keyof typeof commands)[])('%s', (state) => {
    const outcomes = [ANSWER, PONG, PONG.subarray(0, 1), NOTHING, undefined].map((chunk) => {
      const codec = new UwsgiClientCodec();
      for (const command of commands[state]) codec.encode(command);
      if (state === 'ponged') codec.feed(PONG);
      return outcome(() => (chunk ? codec.feed(chunk) : codec.finish()));
    });
    expect(outcomes).toEqual(expected[state]);
  });

  it('failed: nothing happens any more', () => {
    for (const end of ['feed', 'finish'] as const) {
      const codec = new UwsgiClientCodec();
      codec.encode({ type: 'ping' });
      expect(failure(() => (end === 'feed' ? codec.feed(ANSWER) : codec.finish()))).toMatchObject({
        statusHint: 502,
        blame: 'remote',
      });
      expect([...codec.feed(PONG), ...codec.feed(ANSWER), ...codec.finish()]).toEqual([]);
    }
  });
});
