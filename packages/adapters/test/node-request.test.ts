// What a Node handler is told of a request.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { type NodeHandlerOptions, nodeHandler } from '../src/index.ts';
import { ask, type Question, turn } from './harness.ts';

/** The request that a handler gets; its response has ended. */
function requestOf(
  variables: Readonly<Record<string, string>>,
  options?: NodeHandlerOptions,
  question: Question = {},
): IncomingMessage & Record<string, unknown> {
  let seen: IncomingMessage | undefined;
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    seen = request;
    response.end();
  };
  ask(nodeHandler(handler, options), { ...question, variables });
  return seen as IncomingMessage & Record<string, unknown>;
}

describe('url', () => {
  it.each([
    ['as the client encoded it', '/a%20b%2Fc?x=%20', '', '/a b/c', 'x=%20', '/a%20b%2Fc?x=%20'],
    ['with the mount', '/app/a%20b', '/app', '/a b', '', '/app/a%20b'],
    ['the mount alone', '/app', '/app', '', '', '/app'],
    ['a query that is empty', '/a?', '', '/a', '', '/a?'],
    [
      'a script that the web server has put in',
      '/a%20b?x',
      '/cgi-bin/app.cgi',
      '/a b',
      'x',
      '/a%20b?x',
    ],
    ['a script in a folder', '/blog/a', '/blog/app.fcgi', '/a', '', '/blog/a'],
    ['a path that middleware has changed', '/old', '', '/new one', 'x', '/new%20one?x'],
    ['a path that the web server has normalised', '/a//../b', '', '/b', '', '/b'],
    ['a query that the web server has made', '/a?x', '', '/a', 'y=1', '/a?y=1'],
    ['an absolute URI', 'http://h/a', '', '/a', '', '/a'],
    ['no URI', undefined, '/app', '/\xc3\xa9?', 'q', '/app/%C3%A9%3F?q'],
    ['nothing but the root', undefined, '', '/', '', '/'],
  ])('%s', (_what, uri, script, path, query, url) => {
    const variables = { SCRIPT_NAME: script, PATH_INFO: path, QUERY_STRING: query };
    expect(requestOf(uri === undefined ? variables : { ...variables, REQUEST_URI: uri }).url).toBe(
      url,
    );
  });

  it.each([
    ['/app/a%20b?x', '/app', '/a b', 'x', '/a%20b?x'],
    ['/app', '/app', '', '', '/'],
    ['/app?x', '/app', '', 'x', '/?x'],
    ['/a%2Fb', '/cgi-bin/app.cgi', '/a/b', '', '/a%2Fb'],
    ['/other', '/app', '/a b', '', '/a%20b'],
  ])('below the mount, with stripPrefix: %s', (uri, script, path, query, url) => {
    const variables = {
      REQUEST_URI: uri,
      SCRIPT_NAME: script,
      PATH_INFO: path,
      QUERY_STRING: query,
    };
    const { url: seen, baseUrl, originalUrl } = requestOf(variables, { stripPrefix: true });
    expect([seen, baseUrl]).toEqual([url, script]);
    expect(originalUrl).toBe(requestOf(variables).url);
  });
});

describe('headers', () => {
  it('in both of their forms', () => {
    const { headers, rawHeaders, headersDistinct } = requestOf({
      HTTP_USER_AGENT: 'x/1',
      HTTP_COOKIE: 'a=1; b=2',
      HTTP_X_REQUEST_ID: '7',
      HTTP_DNT: '1',
      HTTP_SET_COOKIE: 'c',
      CONTENT_TYPE: 'text/plain',
      HTTPS: 'on',
    });
    expect(headers).toEqual({
      host: 'www.example.org',
      'user-agent': 'x/1',
      cookie: 'a=1; b=2',
      'x-request-id': '7',
      dnt: '1',
      'set-cookie': ['c'],
      'content-type': 'text/plain',
    });
    expect(rawHeaders.slice(0, 10)).toEqual([
      ...['Host', 'www.example.org', 'User-Agent', 'x/1', 'Cookie', 'a=1; b=2'],
      ...['X-Request-Id', '7', 'DNT', '1'],
    ]);
    expect(headersDistinct['user-agent']).toEqual(['x/1']);
  });

  it('Authorization from where Apache has put it, unless it is there', () => {
    const { headers } = requestOf({ REDIRECT_HTTP_AUTHORIZATION: 'Basic a' });
    expect(headers.authorization).toBe('Basic a');
    const both = { HTTP_AUTHORIZATION: 'Basic b', REDIRECT_HTTP_AUTHORIZATION: 'Basic a' };
    expect(requestOf(both).headers.authorization).toBe('Basic b');
  });

  it('Transfer-Encoding where a body follows whose length nobody knows', () => {
    expect(requestOf({}, {}, { body: 'later' }).headers['transfer-encoding']).toBe('chunked');
    expect(requestOf({}, {}, { body: 'x' }).headers).not.toHaveProperty('transfer-encoding');
    expect(requestOf({ REQUEST_METHOD: 'POST' }).headers).not.toHaveProperty('transfer-encoding');
  });
});

it.each([
  ['GET', '0', undefined], // SCGI tells a length of every request
  ['HEAD', '0', undefined],
  ['GET', '5', '5'],
  ['POST', '0', '0'],
  ['DELETE', '0', '0'],
])('%s with a length of %s', (method, length, told) => {
  const { headers, rawHeaders } = requestOf({ REQUEST_METHOD: method, CONTENT_LENGTH: length });
  expect(headers['content-length']).toBe(told);
  expect(rawHeaders.includes('Content-Length')).toBe(told !== undefined);
});

it('middleware may say that the client came by HTTPS', () => {
  const { socket } = requestOf({});
  expect(socket).toMatchObject({ encrypted: false });
  Object.assign(socket, { encrypted: true });
  expect(socket).toMatchObject({ encrypted: true });
});

it('version, method and socket', () => {
  const request = requestOf({
    ...{ REQUEST_METHOD: 'PUT', SERVER_PROTOCOL: 'HTTP/2.0', HTTPS: 'on' },
    ...{
      REMOTE_ADDR: '2001:db8::1',
      REMOTE_PORT: '5123',
      SERVER_ADDR: '192.0.2.9',
      SERVER_PORT: '443',
    },
  });
  expect(request).toMatchObject({ method: 'PUT', httpVersion: '1.1', httpVersionMajor: 1 });
  expect(request.socket).toBe(request.connection);
  const { socket } = request;
  expect(socket).toMatchObject({ encrypted: true, remoteAddress: '2001:db8::1', remotePort: 5123 });
  expect(socket).toMatchObject({ remoteFamily: 'IPv6', localAddress: '192.0.2.9', localPort: 443 });
  expect(socket.address()).toEqual({ address: '192.0.2.9', family: 'IPv4', port: 443 });
  expect([socket.readable, socket.writable, socket.destroyed, socket.pending]).toEqual([
    ...[true, true, false, false],
  ]);
  expect(requestOf({ SERVER_PROTOCOL: 'HTTP/1.0' }).httpVersion).toBe('1.0');
  expect(requestOf({ REMOTE_ADDR: '' }).socket.remoteAddress).toBeUndefined();
});

describe('body', () => {
  const collect = async (request: IncomingMessage, response: ServerResponse) => {
    const blocks: Buffer[] = [];
    for await (const block of request) blocks.push(block);
    response.end(`${Buffer.concat(blocks)} ${request.complete}`);
  };

  it('arrives block by block, and ends', async () => {
    const asked = ask(nodeHandler(collect), { body: 'later' });
    for (const block of ['a', 'b', 'c']) {
      asked.body?.push(Buffer.from(block));
      await turn();
    }
    asked.body?.end();
    expect((await asked.ended()).text).toBe('abc true');
  });

  it('is empty where there is none', async () => {
    expect((await ask(nodeHandler(collect)).ended()).text).toBe(' true');
  });

  it('is not asked for before somebody reads, nor beyond what is held', async () => {
    let request: IncomingMessage | undefined;
    const asked = ask(
      nodeHandler((given: IncomingMessage) => {
        request = given;
      }),
      { body: 'later' },
    );
    await turn();
    expect(asked.demands).toBe(0);
    request?.once('readable', () => {});
    await vi.waitFor(() => expect(asked.demands).toBe(1));
    for (let count = 0; count < 20; count++) {
      asked.body?.push(Buffer.alloc(65_536));
      await turn();
    }
    expect(request?.readableLength).toBeLessThan(4 * 65_536);
    expect(asked.body?.full).toBe(true);
  });

  it('that breaks off is an error of the request, and 400 where nothing was answered', async () => {
    const failed = vi.fn();
    const asked = ask(
      nodeHandler((request: IncomingMessage) => request.on('error', failed).resume()),
      { body: 'later', variables: { CONTENT_LENGTH: '9' } },
    );
    asked.body?.push(Buffer.from('a'));
    await turn();
    asked.body?.fail(Object.assign(new Error('gone'), { code: 'ERR_X', statusHint: 400 }));
    expect((await asked.ended()).status).toBe('400 Bad Request');
    await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce());
  });

  it('that breaks off is no error of a handler that answers nevertheless', async () => {
    const answered = vi.fn();
    const asked = ask(
      nodeHandler(async (request: IncomingMessage, response: ServerResponse) => {
        await request.toArray().catch(() => {});
        await turn();
        response.writeHead(500).end('too late');
        answered();
      }),
      { body: 'later', variables: { CONTENT_LENGTH: '9' } },
    );
    asked.body?.fail(Object.assign(new Error('gone'), { code: 'ERR_X', statusHint: 400 }));
    expect((await asked.ended()).status).toBe('400 Bad Request');
    await vi.waitFor(() => expect(answered).toHaveBeenCalledOnce());
    expect(asked.log).toEqual(['warn: ERR_X: gone']);
  });

  it('that is left unread comes to its end behind the answer, where somebody listens', async () => {
    const closed = vi.fn();
    const asked = ask(
      nodeHandler((request: IncomingMessage, response: ServerResponse) => {
        request.on('close', closed);
        response.end('early');
      }),
      { body: 'abc' },
    );
    expect(asked.text).toBe('early');
    await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce());
  });
});

describe('time', () => {
  it('setTimeout() of a response tells whoever listens, and ends nothing', async () => {
    const asked = ask(
      nodeHandler((_request: never, response: ServerResponse) => {
        response.setTimeout(5, () => response.end('too long'));
      }),
    );
    expect((await asked.ended()).text).toBe('too long');
  });

  it('where nobody listens it ends the connection', async () => {
    const asked = ask(nodeHandler((request: IncomingMessage) => void request.socket.setTimeout(5)));
    expect((await asked.ended()).isAborted).toBe(true);
  });
});
