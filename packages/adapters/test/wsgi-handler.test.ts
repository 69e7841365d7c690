// A WSGI-style application in node:http, in a framework's place, and as a Fetch handler.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Application } from '@sluice/gateway';
import { validator } from '@sluice/gateway';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type WsgiOptions, wsgiFetch, wsgiHandler } from '../src/index.ts';
import { turn } from './harness.ts';

type Prepare = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The URL of a server with an application; `prepare` is what a framework does before. */
async function served(application: Application, options?: WsgiOptions, prepare?: Prepare) {
  const handler = wsgiHandler(application, options);
  const server = createServer(async (request, response) => {
    await prepare?.(request, response);
    handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const tell: Application = validator(async (environ, startResponse) => {
  const { SCRIPT_NAME, PATH_INFO, QUERY_STRING, REMOTE_ADDR, HTTP_X_A } = environ;
  const length = (await environ['wsgi.input'].read()).length;
  startResponse('201 Made', [
    ['Content-Type', 'application/json'],
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
  ]);
  const told = { SCRIPT_NAME, PATH_INFO, QUERY_STRING, REMOTE_ADDR, HTTP_X_A, length };
  return [Buffer.from(JSON.stringify(told))];
});
const quiet = { log: () => {} };

describe('wsgiHandler()', () => {
  it('gives the request, and sends the answer', async () => {
    const url = await served(tell);
    const headers = { 'X-A': 'b', X_A: 'c' };
    const response = await fetch(`${url}/a%20b?x=1`, { method: 'POST', body: 'abc', headers });
    expect([response.status, response.statusText]).toEqual([201, 'Made']);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.json()).toEqual({
      SCRIPT_NAME: '',
      PATH_INFO: '/a b',
      QUERY_STRING: 'x=1',
      REMOTE_ADDR: '127.0.0.1',
      HTTP_X_A: 'b',
      length: 3,
    });
  });

  it('SCRIPT_NAME is where a framework has mounted it, and its address and cookies are kept', async () => {
    const url = await served(tell, {}, (request, response) => {
      Object.assign(request, {
        baseUrl: '/m%20n',
        originalUrl: request.url,
        url: '/x',
        ip: '192.0.2.5',
      });
      response.setHeader('Set-Cookie', 'z=0');
    });
    const response = await fetch(`${url}/m%20n/x`);
    expect(response.headers.getSetCookie()).toEqual(['z=0', 'a=1', 'b=2']);
    expect(await response.json()).toMatchObject({
      SCRIPT_NAME: '/m n',
      PATH_INFO: '/x',
      REMOTE_ADDR: '192.0.2.5',
    });
  });

  it('SCRIPT_NAME is an option where nothing tells it', async () => {
    const url = await served(tell, { scriptName: '/app' });
    expect(await (await fetch(`${url}/app/x`)).json()).toMatchObject({
      SCRIPT_NAME: '/app',
      PATH_INFO: '/x',
    });
    expect((await fetch(`${url}/other`)).status).toBe(404);
  });

  it('bodies stream both ways', async () => {
    const url = await served(async function* (environ, startResponse) {
      startResponse('200 OK', []);
      yield* environ['wsgi.input'];
    });
    const body = Buffer.alloc(3_000_000, 'x');
    const response = await fetch(url, { method: 'POST', body });
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
  });

  it('a body that a framework has read is taken where its bytes are, and else an error', async () => {
    const read = async (request: IncomingMessage) => {
      const blocks: Buffer[] = [];
      for await (const block of request) blocks.push(block);
      return Buffer.concat(blocks);
    };
    const kept = await served(tell, {}, async (request) =>
      Object.assign(request, { rawBody: await read(request) }),
    );
    const post = { method: 'POST', body: 'abcd' };
    expect(await (await fetch(kept, post)).json()).toMatchObject({ length: 4 });
    const log = vi.fn();
    const lost = await served(tell, { log }, read);
    expect((await fetch(lost, post)).status).toBe(500);
    expect(log.mock.calls.join()).toContain('mount the application before body parsers');
  });

  it('a client that leaves closes the body', async () => {
    const closed = vi.fn();
    const url = await served((_environ, startResponse) => {
      startResponse('200 OK', []);
      const blocks = (async function* () {
        yield 'a';
        await new Promise(() => {});
      })();
      return Object.assign(blocks, { close: closed });
    });
    const controller = new AbortController();
    const response = await fetch(url, { signal: controller.signal });
    controller.abort();
    await expect(response.text()).rejects.toThrow();
    await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce());
  });

  it('an answer that fails on its way is cut short', async () => {
    const url = await served(async function* (_environ, startResponse) {
      startResponse('200 OK', []);
      yield 'a';
      await turn();
      throw new Error('boo');
    }, quiet);
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
  });
});

describe('wsgiFetch()', () => {
  it('gives the request, and makes a Response', async () => {
    const request = new Request('https://a.org:8443/a%20b?x=1', { method: 'POST', body: 'abc' });
    const response = await wsgiFetch(tell, { environ: { REMOTE_ADDR: '192.0.2.3' } })(request);
    expect([response.status, response.statusText]).toEqual([201, 'Made']);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.json()).toMatchObject({
      PATH_INFO: '/a b',
      QUERY_STRING: 'x=1',
      REMOTE_ADDR: '192.0.2.3',
      length: 3,
    });
  });

  it('bodies stream both ways, no faster than they are read', async () => {
    let produced = 0;
    const fetch = wsgiFetch(async function* (environ, startResponse) {
      startResponse('200 OK', []);
      for await (const block of environ['wsgi.input']) {
        produced += block.length;
        yield block;
      }
    });
    const body = new ReadableStream({
      pull(controller) {
        if (produced >= 2_000_000) controller.close();
        else controller.enqueue(new Uint8Array(100_000));
      },
    });
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const response = await fetch(new Request('http://a.org/', init));
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(produced).toBeLessThan(1_000_000);
    expect((await response.arrayBuffer()).byteLength).toBe(produced);
  });

  it('a response that is cancelled closes the body, as an aborted request does', async () => {
    const closed = vi.fn();
    const fetch = wsgiFetch((_environ, startResponse) => {
      startResponse('200 OK', []);
      const blocks = (async function* () {
        yield 'a';
        await new Promise(() => {});
      })();
      return Object.assign(blocks, { close: closed });
    });
    await (await fetch(new Request('http://a.org/'))).body?.cancel();
    expect(closed).toHaveBeenCalledOnce();
    const controller = new AbortController();
    await fetch(new Request('http://a.org/', { signal: controller.signal }));
    controller.abort();
    expect(closed).toHaveBeenCalledTimes(2);
  });

  it('an answer that fails on its way is an error of its stream', async () => {
    const fetch = wsgiFetch(async function* (_environ, startResponse) {
      startResponse('200 OK', []);
      yield 'a';
      throw new Error('boo');
    }, quiet);
    const response = await fetch(new Request('http://a.org/'));
    await expect(response.text()).rejects.toThrow();
  });

  it('204 has no body', async () => {
    const fetch = wsgiFetch((_environ, startResponse) => {
      startResponse('204 No Content', []);
      return [];
    });
    expect((await fetch(new Request('http://a.org/'))).body).toBe(null);
  });
});
