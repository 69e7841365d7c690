// FastCGI records: management, parameters however they are cut, padding, bodies, and what comes back beside STDOUT.
import { KEEP_CONN, RecordType, Role } from 'fastcgi-protocol';
import { beginRequest, pairs, record, stream } from 'fastcgi-protocol/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  environIn,
  type FoundRecord,
  fastcgiPeer,
  fastcgiRequest,
  heardIn,
  variablesFor,
} from './support/fastcgi.ts';
import { exchange } from './support/peer.ts';
import { app, serverForTest, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const { PARAMS, STDIN, ABORT_REQUEST, GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE } = RecordType;
const flags = KEEP_CONN;
const joined = (...pieces: Uint8Array[]) => Buffer.concat(pieces);
const getValues = (...names: string[]) =>
  record(GET_VALUES, 0, pairs(names.flatMap((name) => [name, ''])));
const ALL = ['FCGI_MAX_CONNS', 'FCGI_MAX_REQS', 'FCGI_MPXS_CONNS'];

/** The pairs of a record, which are all short. */
function valuesIn({ content }: FoundRecord): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < content.length; ) {
    const [name = 0, value = 0] = content.subarray(at, at + 2);
    const text = content.toString('latin1', at + 2, at + 2 + name + value);
    found[text.slice(0, name)] = text.slice(name);
    at += 2 + name + value;
  }
  return found;
}

describe('fastcgi records', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['fastcgi://127.0.0.1:0'] });
    return async () => {
      expect(server.log).toEqual([]);
      expect((await server.stop()).code).toBe(0);
    };
  });

  /** Sends management records on a connection of their own, and gives what they are answered with. */
  async function managed(bytes: Uint8Array, count = 1, url = server.url) {
    const peer = fastcgiPeer(url);
    await peer.send(bytes);
    await until(`${count} answers`, () => peer.heard.management.length >= count);
    // Nothing more comes: what is asked now is answered behind it.
    await peer.ask('bodies.single', { flags });
    expect(peer.heard.management).toHaveLength(count);
    return peer.heard.management as [FoundRecord, ...FoundRecord[]];
  }

  describe('management', () => {
    it('GET_VALUES is answered with what is known of the names', async () => {
      const [result] = await managed(getValues('FCGI_MPXS_CONNS', 'FCGI_MAX_CONNS', 'FOO'));
      expect(result).toMatchObject({ type: GET_VALUES_RESULT, id: 0 });
      expect(result.content.toString('latin1')).toContain('\x0f\x01FCGI_MPXS_CONNS1');
      const values = valuesIn(result);
      expect(Object.keys(values).sort()).toEqual(['FCGI_MAX_CONNS', 'FCGI_MPXS_CONNS']);
      expect(values.FCGI_MAX_CONNS).toMatch(/^[1-9]\d*$/);
    });

    it('tells that nothing is multiplexed where nothing is', async () => {
      const { url } = await serverForTest(app('every.js'), {
        listen: ['fastcgi://127.0.0.1:0?multiplexed=no'],
      });
      const values = valuesIn((await managed(getValues(...ALL), 1, url))[0]);
      expect(values.FCGI_MPXS_CONNS).toBe('0');
      expect(values.FCGI_MAX_REQS).toBe(values.FCGI_MAX_CONNS);
    });

    it.each([
      ['no name', record(GET_VALUES, 0), []],
      ['unknown names', getValues('FOO', '__proto__', 'constructor', ''), []],
      ['a name twice', getValues('FCGI_MAX_REQS', 'FCGI_MAX_REQS'), ['FCGI_MAX_REQS']],
      ['values with names', record(GET_VALUES, 0, pairs(ALL.flatMap((name) => [name, '9']))), ALL],
      ['names without end', getValues(...Array<string[]>(1000).fill(ALL).flat()), ALL],
    ])('GET_VALUES with %s', async (_what, bytes, names) => {
      const values = valuesIn((await managed(bytes))[0]);
      expect(Object.keys(values).sort()).toEqual(names);
      for (const value of Object.values(values)) expect(value).not.toBe('9');
    });

    it.each([77, 12, 255, 0, UNKNOWN_TYPE, GET_VALUES_RESULT])(
      'type %d with id 0 is not known',
      async (type) => {
        const bytes = joined(record(type, 0), record(type, 0, 'x'.repeat(300), { padding: 255 }));
        for (const { type: answered, content } of await managed(bytes, 2)) {
          expect(answered).toBe(UNKNOWN_TYPE);
          expect([...content]).toEqual([type, 0, 0, 0, 0, 0, 0, 0]);
        }
      },
    );

    it.each([0, KEEP_CONN])('is answered in the middle of a request, flags %d', async (kept) => {
      const peer = fastcgiPeer(server.url);
      const variables = pairs(variablesFor('echo.whole', {}, 'body'));
      await peer.send(
        joined(
          ...[beginRequest(1, Role.RESPONDER, kept), getValues('FCGI_MAX_REQS')],
          ...[record(PARAMS, 1, variables.slice(0, 20)), record(77, 0)],
          ...[record(PARAMS, 1, variables.slice(20)), getValues('FCGI_MAX_REQS')],
          ...[record(PARAMS, 1), record(77, 1, 'of nobody'), record(STDIN, 1, 'bo')],
          ...[getValues('FOO'), record(STDIN, 1, 'dy'), record(STDIN, 1)],
        ),
      );
      expect(await peer.answers(1)).toMatchObject([{ status: 200, body: 'body' }]);
      expect(peer.heard.management.map(({ type }) => type)).toEqual([10, 11, 10, 10]);
    });
  });

  describe('parameters', () => {
    /** The variable HTTP_X_VALUE as an application sees it. */
    async function seen(params: Uint8Array): Promise<unknown> {
      const bytes = joined(beginRequest(), params, record(STDIN, 1));
      const [answer] = heardIn((await exchange(server.url, bytes)).answer).answers;
      return environIn(answer as NonNullable<typeof answer>).get('HTTP_X_VALUE');
    }
    const withValue = (value: string) => variablesFor('environ', { HTTP_X_VALUE: value });

    it('in two records, cut at each byte', async () => {
      const block = pairs(['HTTP_X_VALUE', 'x'.repeat(130), ...variablesFor('environ')]);
      for (let at = 0; at <= 150; at++) {
        const cut = [block.slice(0, at), block.slice(at)].filter(Boolean);
        const records = cut.map((piece) => record(PARAMS, 1, piece));
        expect(await seen(joined(...records, record(PARAMS, 1)))).toBe('x'.repeat(130));
      }
    });

    it('in records of one byte each', async () => {
      expect(await seen(stream(PARAMS, 1, pairs(withValue('value')), 1))).toBe('value');
    });

    it.each([0, 127, 128, 65_535, 65_536, 100_000])('a value of %d bytes', async (size) => {
      const value = 'abcdefghij'.repeat(10_000).slice(0, size);
      expect(await seen(stream(PARAMS, 1, pairs(withValue(value))))).toBe(value);
    });

    it('short lengths in four bytes', async () => {
      expect(await seen(stream(PARAMS, 1, pairs(withValue('value'), true)))).toBe('value');
    });

    it('names that are none are left out, and harm nobody', async () => {
      const odd = [
        '',
        'A=B',
        'A\0B',
        'A B',
        'wsgi.input',
        'sluice.protocol',
        'HTTP_PROXY',
        'h\xe9',
      ];
      const list = [...odd.flatMap((name) => [name, 'odd']), ...withValue('value')];
      const bytes = joined(beginRequest(), stream(PARAMS, 1, pairs(list)), record(STDIN, 1));
      const [answer] = heardIn((await exchange(server.url, bytes)).answer).answers;
      const environ = environIn(answer as NonNullable<typeof answer>);
      expect([...environ.values()]).not.toContain('odd');
      expect(environ.get('sluice.protocol')).toBe('fastcgi');
    });

    it('names twice: headers are joined, of others the last one holds', async () => {
      const list = [
        ...variablesFor('environ', { HTTP_X_VALUE: 'a', HTTP_COOKIE: 'a=1', DOCUMENT_ROOT: '/a' }),
        ...['HTTP_X_VALUE', 'b', 'HTTP_COOKIE', 'b=2', 'DOCUMENT_ROOT', '/b'],
        ...['REQUEST_METHOD', 'GET'],
      ];
      const bytes = joined(beginRequest(), stream(PARAMS, 1, pairs(list)), record(STDIN, 1));
      const [answer] = heardIn((await exchange(server.url, bytes)).answer).answers;
      const environ = environIn(answer as NonNullable<typeof answer>);
      expect(environ.get('HTTP_X_VALUE')).toBe('a, b');
      expect(environ.get('HTTP_COOKIE')).toBe('a=1; b=2');
      expect(environ.get('DOCUMENT_ROOT')).toBe('/b');
    });
  });

  it('padding of 0 to 255 bytes is skipped', async () => {
    const peer = fastcgiPeer(server.url);
    for (let padding = 0; padding < 256; padding++) {
      const body = `body ${padding}`;
      const begin = beginRequest(1, Role.RESPONDER, flags).subarray(8);
      const of = (type: number, content: Uint8Array | string = '') =>
        record(type, 1, content, { padding });
      await peer.send(
        joined(
          ...[of(RecordType.BEGIN_REQUEST, begin), record(77, 0, '', { padding })],
          ...[of(PARAMS, pairs(variablesFor('echo.whole', {}, body))), of(PARAMS)],
          ...[of(STDIN, body), of(STDIN)],
        ),
      );
      expect((await peer.answers(padding + 1)).at(-1)).toMatchObject({ body });
    }
  });

  it('the largest record with the most padding is read exactly', async () => {
    const stdin = 'x'.repeat(65_535);
    const bytes = joined(
      beginRequest(),
      stream(PARAMS, 1, pairs(variablesFor('echo.strict', {}, stdin + stdin))),
      ...[stdin, stdin].map((content) => record(STDIN, 1, content, { padding: 255 })),
      record(STDIN, 1, '', { padding: 255 }),
    );
    const { answer } = await exchange(server.url, bytes);
    expect(heardIn(answer).answers).toMatchObject([{ body: 'read 131070' }]);
  });

  it('an answer is in records that every web server reads', async () => {
    const { answer } = await exchange(server.url, fastcgiRequest('bodies.large'));
    expect(heardIn(answer).answers[0]?.body.length).toBe(67_108_864);
  });

  describe('bodies', () => {
    it.each([undefined, '', '-1'])('CONTENT_LENGTH %j: up to the end of STDIN', async (length) => {
      const variables = { CONTENT_LENGTH: length, HTTP_TRANSFER_ENCODING: 'chunked' };
      const stdin = 'x'.repeat(100_000);
      const bytes = fastcgiRequest('echo.whole', { variables, stdin });
      expect(heardIn((await exchange(server.url, bytes)).answer).answers).toMatchObject([
        { status: 200, body: stdin },
      ]);
    });

    it('STDIN that is shorter than CONTENT_LENGTH is a failure', async () => {
      const variables = { CONTENT_LENGTH: '10' };
      const peer = fastcgiPeer(server.url);
      const parts = { variables, stdin: '1234', flags };
      expect((await peer.ask('echo.failure', parts)).body).toBe(
        'failed with ERR_FASTCGI_TRUNCATED',
      );
    });

    it('STDIN that is longer than CONTENT_LENGTH is cut there', async () => {
      const peer = fastcgiPeer(server.url);
      const variables = { CONTENT_LENGTH: '10' };
      const stdin = '0123456789abcd';
      expect((await peer.ask('echo.whole', { variables, stdin, flags })).body).toBe('0123456789');
      expect((await peer.ask('bodies.single', { flags })).body).toBe('one two');
    });

    it('an end of STDIN in front of bytes that no request has', async () => {
      const peer = fastcgiPeer(server.url);
      await peer.send(joined(record(STDIN, 1), record(ABORT_REQUEST, 1)));
      expect((await peer.ask('bodies.single', { flags })).body).toBe('one two');
    });
  });
});
