// The answer to a request that failed tells nothing of our insides, unless it is asked to.
import { ProtocolError } from '@sluice/protocol';
import { describe, expect, it, vi } from 'vitest';
import type { Environ, ResponseBody } from '../src/application.ts';
import { errorPage, statusHintOf, statusPage } from '../src/error-page.ts';
import type { ResponsePart } from '../src/exchange.ts';
import { Response } from '../src/response.ts';
import { checkHead } from '../src/start-response.ts';

const CODES = [400, 403, 404, 408, 411, 413, 414, 417, 431, 500, 501, 502, 503, 504, 508];

describe('statusPage', () => {
  it.each(CODES)('%d is a complete response', (code) => {
    const { status, headers, body } = statusPage(code);
    expect(checkHead(status, headers)).toMatchObject({ code, contentLength: body.length });
    expect(headers[0]).toEqual(['Content-Type', 'text/plain; charset=utf-8']);
    expect(body.toString()).toBe(`${status}\n`);
    expect(status).toMatch(/^\d{3} [A-Z]/);
  });

  it.each([0, 200, 418, 999, Number.NaN, -1])('%d is answered as 500', (code) => {
    expect(statusPage(code)).toEqual(statusPage(500));
  });
});

describe('errorPage', () => {
  const secret = new Error('/srv/app/secret.js <b>"it\'s" & more</b>');

  it('without debug tells the status alone', () => {
    expect(errorPage(secret, false)).toEqual(statusPage(500));
    expect(errorPage('a secret', false)).toEqual(statusPage(500));
    expect(errorPage(undefined, false)).toEqual(statusPage(500));
  });

  it('has the status that the error hints at', () => {
    const error = new ProtocolError('ERR_X', 'a secret', { statusHint: 413 });
    expect(errorPage(error, false)).toEqual(statusPage(413));
    expect(errorPage(error, true).status).toBe('413 Content Too Large');
  });

  it('a hint that is no status of ours becomes 500', () => {
    const error = new ProtocolError('ERR_X', 'x', { statusHint: 200 });
    expect(errorPage(error, false)).toEqual(statusPage(500));
  });

  it('with debug shows the stack, escaped', () => {
    const { status, headers, body } = errorPage(secret, true);
    const html = body.toString();
    expect(status).toBe('500 Internal Server Error');
    expect(checkHead(status, headers).contentLength).toBe(body.length);
    expect(headers[0]).toEqual(['Content-Type', 'text/html; charset=utf-8']);
    expect(html).toContain('&lt;b&gt;&quot;it&#39;s&quot; &amp; more&lt;/b&gt;');
    expect(html).not.toContain('<b>');
    expect(html).toContain('error-page.test.ts');
  });

  it('with debug shows what was thrown that is no error', () => {
    expect(errorPage('<i>', true).body.toString()).toContain('&lt;i&gt;');
    const bare = Object.assign(new Error('no stack'), { stack: undefined });
    expect(errorPage(bare, true).body.toString()).toContain('Error: no stack');
  });

  it('its length counts bytes, not characters', () => {
    const { headers, body } = errorPage(new Error('✓'), true);
    expect(headers[1]).toEqual(['Content-Length', String(body.length)]);
    expect(body.length).toBeGreaterThan(body.toString().length);
  });
});

describe('statusHintOf', () => {
  it('goes by shape: another copy of our classes is as good', () => {
    const foreign = Object.assign(new Error('x'), { code: 'ERR_X', statusHint: 504 });
    expect(statusHintOf(foreign)).toBe(504);
  });

  it.each([
    new Error('plain'),
    Object.assign(new Error('x'), { statusHint: 404 }),
    Object.assign(new Error('x'), { code: 'ERR_X', statusHint: '404' }),
    new ProtocolError('ERR_X', 'without a hint'),
    { code: 'ERR_X', statusHint: 404 },
    null,
    undefined,
    'text',
  ])('no hint: %#', (error) => {
    expect(statusHintOf(error)).toBeUndefined();
  });
});

describe('an application that fails', () => {
  /** Runs one that begins an answer; settles when that has ended. */
  async function run(make: () => unknown, debug = false) {
    const parts: ResponsePart[] = [];
    const log = vi.fn();
    const aborted = await new Promise<boolean>((resolve) => {
      const exchange = {
        ...{ protocol: 'fake', peer: 'tester', body: undefined, listener: undefined },
        drained: () => Promise.resolve(),
        abort: () => resolve(true),
        send(part: ResponsePart) {
          parts.push(part);
          if (part.last) resolve(false);
          return true;
        },
      };
      const application = (
        _environ: Environ,
        startResponse: (...head: [string, []]) => unknown,
      ) => {
        startResponse('200 OK', []);
        return make() as ResponseBody;
      };
      new Response({ application, log, debug }, exchange, false).run({} as Environ);
    });
    const status = parts[0]?.head?.status.slice(0, 3);
    const text = parts.map(({ chunk }) => Buffer.from(chunk ?? []).toString()).join('');
    return { status, text, aborted, log };
  }

  async function* failing(...blocks: unknown[]) {
    yield* blocks;
    throw new Error('a secret\nerror: forged', { cause: new Error('behind it') });
  }

  it('before its first block: the page instead of what was begun', async () => {
    const { status, text, aborted, log } = await run(() => failing(''));
    expect([status, text, aborted]).toEqual(['500', '500 Internal Server Error\n', false]);
    expect(log).toHaveBeenCalledTimes(1);
    expect(log).toHaveBeenCalledWith(
      'error',
      expect.stringContaining('a secret\n    error: forged'),
    );
    expect(log).toHaveBeenCalledWith(
      'error',
      expect.stringContaining('caused by Error: behind it'),
    );
    expect((await run(() => failing(), true)).text).toContain('a secret');
  });

  it('after it: no page, but an answer that is cut short', async () => {
    const { status, text, aborted, log } = await run(() => failing('x'), true);
    expect([status, text, aborted]).toEqual(['200', 'x', true]);
    expect(log).toHaveBeenCalledTimes(1);
  });

  it.each([
    ...[null, undefined, 'text', Buffer.from('a block'), 42, {}, ['a', 1], [null]],
    ...[Promise.resolve('text'), new Map([[1, 2]]).values(), failing(5)],
  ])('returning what is no body: 500, and a line that says why: %#', async (body) => {
    const { status, aborted, log } = await run(() => body);
    expect([status, aborted]).toEqual(['500', false]);
    const why = expect.stringMatching(/application returned|block of the body is/);
    expect(log.mock.calls).toEqual([['error', why]]);
  });

  it('with a block that is none, behind a good one', async () => {
    const { text, aborted } = await run(() => ['x', {}].values());
    expect([text, aborted]).toEqual(['x', true]);
  });

  it('with an error of a protocol: its status, and a warning of one line', async () => {
    const error = new ProtocolError('ERR_X', 'too\nlarge', { statusHint: 413 });
    const { status, log } = await run(() => Promise.reject(error));
    expect(status).toBe('413');
    expect(log.mock.calls).toEqual([['warn', 'ERR_X: too\\x0alarge']]);
  });

  it.each(['text', undefined, null])('by throwing %j', async (thrown) => {
    const { status, log } = await run(() => {
      throw thrown;
    });
    expect(status).toBe('500');
    expect(log.mock.calls).toEqual([['error', `thrown: ${thrown}`]]);
  });
});
