// Connections to another server that are kept for the next request: which are, and what happens when
// the server closes one just then.
import { ajp13 } from '@sluice/back-ends/ajp13';
import { fastcgi } from '@sluice/back-ends/fastcgi';
import { http } from '@sluice/back-ends/http';
import { call, testEnviron } from '@sluice/gateway/testing';
import { type Application, InputStream, serve } from 'sluice';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { startRelay } from '../support/relay.ts';
import { portOf } from '../support/sluice.ts';

const ANSWERS: Record<string, Application> = {
  '/whole': (_environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return ['whole']; // with a Content-Length
  },
  '/blocks': function* blocks(_environ, startResponse) {
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    yield 'in ';
    yield 'blocks';
  },
  '/large': (_environ, startResponse) => {
    startResponse('200 OK', [['Content-Length', '300000']]);
    return [Buffer.alloc(100_000), Buffer.alloc(100_000), Buffer.alloc(100_000)];
  },
  '/204': (_environ, startResponse) => {
    startResponse('204 No Content', []);
    return [];
  },
  '/304': (_environ, startResponse) => {
    startResponse('304 Not Modified', []);
    return [];
  },
  '/read': async (environ, startResponse) => {
    const body = await environ['wsgi.input'].read();
    startResponse('200 OK', []);
    return [body];
  },
};

const application: Application = (environ, startResponse) =>
  (ANSWERS[environ.PATH_INFO] as Application)(environ, startResponse);

describe.each([
  ['fastcgi', fastcgi, { keep: 4 }, {}],
  ['ajp', ajp13, {}, { keep: 0 }],
  ['http', http, {}, { keep: 0 }],
] as const)('by %s', (scheme, backEnd, keeps, keepsNone) => {
  /** A server, a relay before it, and the back-end that leads there. */
  async function start(options: { keep?: number }) {
    const cleanup = new Cleanup();
    onTestFinished(() => cleanup.run());
    const log = () => {};
    const server = await serve(application, { listen: [`${scheme}://127.0.0.1:0`], log });
    cleanup.add(() => server.close());
    const relay = await startRelay(cleanup, portOf(server.addresses[0]));
    const target = { type: 'tcp', host: '127.0.0.1', port: Number(relay.port) } as const;
    return { relay, client: backEnd.open(target, options) };
  }

  /** A request without a body, as front-ends make it. */
  const get = (path: string, method = 'GET') =>
    testEnviron({ REQUEST_METHOD: method, PATH_INFO: path, 'wsgi.input': new InputStream() });

  it.each([
    ['GET', ['/whole', '/blocks', '/large', '/204', '/304', '/read', '/whole']],
    ['HEAD', ['/whole', '/large', '/204', '/304', '/whole']], // without a length, node:http takes it for endless
  ])('%s requests share one, whatever they are answered', async (method, paths) => {
    const { relay, client } = await start(keeps);
    for (const path of paths) {
      const { status } = await call(client, get(path, method));
      expect(status).toMatch(/^(?:200|204|304) /);
    }
    expect(relay.count).toBe(1);
  });

  it('requests at the same time do not', async () => {
    const { relay, client } = await start(keeps);
    const texts = await Promise.all(
      ['/whole', '/blocks', '/whole'].map(async (path) => (await call(client, get(path))).text),
    );
    expect(texts).toEqual(['whole', 'in blocks', 'whole']);
    expect(relay.count).toBe(3);
  });

  it('none is kept where none may be', async () => {
    const { relay, client } = await start(keepsNone);
    for (let turn = 0; turn < 3; turn++) await call(client, get('/whole'));
    expect(relay.count).toBe(3);
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])(
    '%s is sent again when the server is just closing it',
    async (method) => {
      const { relay, client } = await start(keeps);
      await call(client, get('/whole'));
      relay.cutsReused = true;
      const { status } = await call(client, get('/read', method));
      expect(status).toBe('200 OK');
      expect(relay.count).toBe(2);
    },
  );

  it.each([
    ['POST', 'body'],
    ['POST', null],
    ['PATCH', null],
    ['PUT', 'body'],
  ])('%s with the body %j has one of its own', async (method, body) => {
    const { relay, client } = await start(keeps);
    await call(client, get('/whole'));
    relay.cutsReused = true;
    const { text } = await call(client, get('/read', method), body);
    expect(text).toBe(body ?? '');
    expect(relay.count).toBe(2);
  });

  it('it is not used again after somebody has left in the middle of an answer', async () => {
    const { relay, client } = await start(keeps);
    const body = await client(get('/large'), () => () => true);
    for await (const _block of body as AsyncIterable<Uint8Array>) break;
    await (body as { close?(): unknown }).close?.();
    expect((await call(client, get('/whole'))).text).toBe('whole');
    expect(relay.count).toBeLessThanOrEqual(2);
  });
});
