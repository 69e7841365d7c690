// A module that calls listen() itself is loaded without listening.
import { createServer, Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { captureServer, nodeHandler } from '../src/index.ts';
import { ask } from './harness.ts';

const handler = (_request: unknown, response: { end(text: string): void }) =>
  response.end('caught');

/** Handles that keep the process from ending, which a server that listens is. */
const listening = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap');

afterEach(async () => {
  await vi.waitFor(() => expect(listening()).toEqual([]));
});

it('the server is caught, and its listeners answer', async () => {
  const server = await captureServer(() => createServer(handler as never).listen(0));
  expect(ask(nodeHandler(server)).text).toBe('caught');
});

it('it believes that it listens', async () => {
  const events: string[] = [];
  const server = await captureServer(() => {
    const server = createServer(handler as never);
    server.on('listening', () => events.push('listening'));
    server.listen(3000, '127.0.0.1', () => events.push('callback'));
  });
  await vi.waitFor(() => expect(events.sort()).toEqual(['callback', 'listening']));
  expect(server.listening).toBe(true);
  expect(server.address()).toEqual({ address: '127.0.0.1', family: 'IPv4', port: 3000 });
  const closed = vi.fn();
  server.close(closed);
  await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce());
  expect(server.listening).toBe(false);
});

it.each([
  [[{ port: 81, host: '::1' }], { address: '::1', family: 'IPv6', port: 81 }],
  [['8080'], { address: '::', family: 'IPv6', port: 8080 }],
  [[80, 'localhost', 511], { address: '127.0.0.1', family: 'IPv4', port: 80 }],
  [[], { address: '::', family: 'IPv6', port: 0 }],
  [['/run/app.sock'], '/run/app.sock'],
  [[{ path: '/run/app.sock' }], '/run/app.sock'],
])('listen(%j) is at a place', async (given, place) => {
  const server = await captureServer(() => createServer().listen(...(given as [])));
  expect(server.address()).toEqual(place);
});

it('a server of node:https is caught too', async () => {
  const server = await captureServer(() => createSecureServer(handler as never).listen(443));
  expect(ask(nodeHandler(server)).text).toBe('caught');
});

it('a server that listens later than its module is loaded is waited for', async () => {
  const server = await captureServer(() => void setTimeout(() => createServer().listen(1), 20));
  expect((server.address() as AddressInfo).port).toBe(1);
});

it('a module that awaits its own end is loaded', async () => {
  const server = await captureServer(async () => {
    createServer().listen(1);
    await new Promise(() => {});
  });
  expect(server.listening).toBe(true);
});

it('servers at the same port are silent, another one listens as it says', async () => {
  const others: Server[] = [];
  const first = await captureServer(() => {
    const first = createServer().listen(3000);
    others.push(createServer().listen(3000, '::1'));
    others.push(createServer().listen(0, '127.0.0.1'));
    return first && undefined;
  });
  expect(others).not.toContain(first);
  const [silent, real] = others as [Server, Server];
  await vi.waitFor(() => expect(real.listening).toBe(true));
  expect((real.address() as AddressInfo).port).not.toBe(0);
  expect(listening()).toHaveLength(1);
  expect(silent.listening).toBe(true);
  await new Promise((resolve) => real.close(resolve));
});

it('nothing stays of it', async () => {
  await expect(captureServer(() => {}, { wait: 0.01 })).rejects.toMatchObject({
    code: 'ERR_ADAPTER_NO_SERVER',
    message: expect.stringContaining('no http.Server or https.Server listens'),
  });
  expect(Object.hasOwn(Server.prototype, 'listen')).toBe(false);
});

it('a module that fails is its own error', async () => {
  const boo = new Error('boo');
  await expect(captureServer(() => Promise.reject(boo))).rejects.toBe(boo);
  expect(Object.hasOwn(Server.prototype, 'listen')).toBe(false);
});
