// What applications answer arrives through every protocol, under every model.
import type { Application } from 'sluice';
import { beforeAll, describe, expect, it } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { ask, header } from './support/calls.ts';
import { cell, LISTENERS, MATRIX } from './support/matrix.ts';
import { app, serverForTest, startServer, type TestServer } from './support/start-server.ts';

describe.each(MATRIX)('$protocol, $model: responses', (given) => {
  let server: TestServer;
  let backEnd: Application;
  beforeAll(async () => {
    server = await startServer(app('every.js'), cell(given));
    backEnd = await backEndFor(server.url);
    return async () => {
      const { code } = await server.stop();
      expect(code).toBe(0);
      expect(server.log.filter((line) => /PEP 3333|unhandled|uncaught/.test(line))).toEqual([]);
    };
  });

  describe('bodies', () => {
    it.each([
      'list',
      'single',
      'bytes',
      'generator',
      'asyncGenerator',
      'promised',
      'readableStream',
      'readable',
      'Class',
      'written',
      'fileWrapper',
    ])('%s', async (kind) => {
      const { status, text } = await ask(backEnd, `bodies.${kind}`);
      expect({ status, text }).toEqual({ status: '200 OK', text: 'one two' });
    });

    it('blocks that are strings are sent as UTF-8', async () => {
      expect((await ask(backEnd, 'bodies.strings')).text).toBe('one two ✓');
    });

    it('an empty list is a head and no body', async () => {
      const answer = await ask(backEnd, 'bodies.empty');
      expect(answer.body).toHaveLength(0);
      expect(header(answer, 'content-length')).toBe('0');
    });

    it('one block has its length as Content-Length, a list of two has none', async () => {
      expect(header(await ask(backEnd, 'bodies.single'), 'content-length')).toBe('7');
      expect(header(await ask(backEnd, 'bodies.list'), 'content-length')).toBeUndefined();
    });
  });

  describe('heads', () => {
    it('keep status, order, repetition and bytes', async () => {
      const { status, headers } = await ask(backEnd, 'heads.headers');
      expect(status).toMatch(/^299 /);
      const own = headers.filter(([name]) => /^(?:Set-Cookie|X-)/i.test(name));
      expect(own.map(([name, value]) => [name.toLowerCase(), value])).toEqual([
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2; Expires=Wed, 21 Oct 2015 07:28:00 GMT'],
        ['x-bytes', 'caf\xe9'],
        ['x-empty', ''],
      ]);
    });

    it.each([
      ['200 OK'],
      ['201 Created'],
      ['404 Not Found'],
      ['500 Internal Server Error'],
      ['599 Ours'],
    ])('status %s', async (status) => {
      const answer = await ask(backEnd, 'heads.asked', { QUERY_STRING: encodeURI(status) });
      expect(answer.status.slice(0, 3)).toBe(status.slice(0, 3));
      expect(answer.text).toBe('abc');
    });

    it('a second startResponse without an error is refused', async () => {
      expect((await ask(backEnd, 'heads.twice')).text).toBe('ERR_GATEWAY_HEAD_TWICE');
    });

    it('a second startResponse with an error replaces the first', async () => {
      const answer = await ask(backEnd, 'heads.replaced');
      expect(answer.status).toBe('503 Service Unavailable');
      expect(header(answer, 'x-first')).toBeUndefined();
      expect(answer.text).toBe('second');
    });

    it('after output the error comes back, and the answer is visibly cut short', async () => {
      const asked = ask(backEnd, 'heads.tooLate', { QUERY_STRING: '9' });
      await expect(asked).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
      await server.program.line(/thrown again: true/);
    });

    it.each([
      'status',
      'number',
      'short',
      'name',
      'value',
      'newline',
      'nul',
      'wide',
      'hop',
      'cgi',
      'lengths',
    ])('what would split or confuse a response is refused: %s', async (what) => {
      const answer = await ask(backEnd, 'heads.forbidden', { QUERY_STRING: what });
      expect(answer.text).toMatch(/^ERR_GATEWAY_(?:STATUS|HEADERS)$/);
      expect(header(answer, 'x-injected')).toBeUndefined();
    });
  });

  describe('lengths', () => {
    const asked = (text: string) => ({ QUERY_STRING: encodeURI(text) });

    it('HEAD has the length that GET would have, and no body', async () => {
      const answer = await ask(backEnd, 'bodies.single', { REQUEST_METHOD: 'HEAD' });
      expect(answer.body).toHaveLength(0);
      expect(header(answer, 'content-length')).toBe('7');
      const streamed = await ask(backEnd, 'heads.streamed', {
        REQUEST_METHOD: 'HEAD',
        ...asked('200 OK&99'),
      });
      expect(streamed.body).toHaveLength(0);
      expect(header(streamed, 'content-length')).toBe('99');
    });

    it.each(['heads.asked', 'heads.streamed'])('204 and 304 have no body: %s', async (name) => {
      for (const status of ['204 No Content', '304 Not Modified']) {
        const answer = await ask(backEnd, name, asked(status));
        expect(answer.status).toBe(status);
        expect(answer.body).toHaveLength(0);
        expect(header(answer, 'x-a')).toBe('b');
      }
    });

    it('204 has no Content-Length, even when the application gives one', async () => {
      const answer = await ask(backEnd, 'heads.asked', asked('204 No Content&3'));
      expect(header(answer, 'content-length')).toBeUndefined();
    });

    it('a body longer than its Content-Length is cut there', async () => {
      expect((await ask(backEnd, 'heads.asked', asked('200 OK&2'))).text).toBe('ab');
      expect((await ask(backEnd, 'heads.streamed', asked('200 OK&5'))).text).toBe('abcde');
    });

    it('a body shorter than its Content-Length never passes for whole', async () => {
      await expect(ask(backEnd, 'heads.streamed', asked('200 OK&7'))).rejects.toThrow();
      // Nothing was sent yet: an error page is as clear as a broken connection.
      const outcome = await ask(backEnd, 'heads.asked', asked('200 OK&4')).then(
        ({ status }) => status,
        () => 'rejected',
      );
      expect(outcome).toMatch(/^(?:500 .*|rejected)$/);
    });

    it('the next request is answered after any of these', async () => {
      expect((await ask(backEnd, 'bodies.single')).text).toBe('one two');
    });
  });
});

it.each(LISTENERS)(
  '%s: the demo application says hello, and shows a sorted environ',
  async (name) => {
    const server = await serverForTest('demo', { listen: [`${name}://127.0.0.1:0`] });
    const { text } = await ask(await backEndFor(server.url), 'any', { HTTP_X_A: 'b' });
    const [hello, empty, ...variables] = text.trimEnd().split('\n');
    expect([hello, empty]).toEqual(['Hello world!', '']);
    const names = variables.map((line) => line.split(' = ')[0]);
    expect(names).toEqual([...names].sort());
    expect(variables).toContain("HTTP_X_A = 'b'");
  },
);
