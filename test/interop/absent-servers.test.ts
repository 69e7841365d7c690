// Servers that are not there, that say nothing, or that hang up: what Sluice tells the client, and when.
import { connect, createServer, type Socket } from 'node:net';
import type { BackEnd, BackEndOptions, Target } from '@sluice/back-ends';
import { ajp13 } from '@sluice/back-ends/ajp13';
import { fastcgi } from '@sluice/back-ends/fastcgi';
import { http } from '@sluice/back-ends/http';
import { scgi } from '@sluice/back-ends/scgi';
import { uwsgi } from '@sluice/back-ends/uwsgi';
import { serve } from 'sluice';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChild } from '../support/child.ts';
import { Cleanup } from '../support/cleanup.ts';
import { holdPort } from '../support/held-port.ts';
import { exchange } from '../support/http-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const TIMEOUT = 300; // milliseconds

const CASES = {
  'dead port': { status: 502, code: 'ERR_BACK_END_CONNECT' },
  'dead socket': { status: 502, code: 'ERR_BACK_END_CONNECT' },
  'hangs up': { status: 502, code: 'ERR_' },
  ends: { status: 502, code: 'ERR_' },
  silent: { status: 504, code: 'ERR_BACK_END_TIMEOUT: no answer from' },
  busy: { status: 504, code: 'ERR_BACK_END_TIMEOUT: no connection from' },
} as const;

type Name = keyof typeof CASES;

describe.each<[string, BackEnd]>([
  ['http', http],
  ['scgi', scgi],
  ['uwsgi', uwsgi],
  ['fastcgi', fastcgi],
  ['ajp', ajp13],
])('a server reached by %s', (_scheme, backEnd) => {
  const cleanup = new Cleanup();
  const origins: Partial<Record<Name, string>> = {};
  const lines: string[] = [];

  /** Serves another server. */
  async function relay(name: Name, target: Target, options: Partial<BackEndOptions> = {}) {
    const log = (_level: string, line: string) => lines.push(line);
    const listen = ['http://127.0.0.1:0'];
    const server = await serve(backEnd.open(target, options), { listen, log });
    cleanup.add(() => server.close());
    origins[name] = server.addresses[0] as string;
  }

  /** Starts a server that treats each connection in the same way, and serves it. */
  async function start(name: Name, treat: (socket: Socket) => unknown): Promise<void> {
    const server = createServer((socket) => treat(socket.on('error', () => {})));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    cleanup.add(() => server.close());
    const { port } = server.address() as { port: number };
    await relay(name, { type: 'tcp', host: '127.0.0.1', port }, { readTimeout: TIMEOUT });
  }

  beforeAll(async () => {
    const port = Number(await holdPort(cleanup));
    await relay('dead port', { type: 'tcp', host: '127.0.0.1', port });
    await relay('dead socket', { type: 'unix', path: `${temporaryFolder(cleanup)}/nobody` });
    await start('hangs up', (socket) => socket.destroy());
    await start('ends', (socket) => socket.end());
    await start('silent', (socket) => cleanup.add(() => socket.destroy()));
    const busy = await startBusy(cleanup);
    await relay(
      'busy',
      { type: 'tcp', host: '127.0.0.1', port: busy },
      { connectTimeout: TIMEOUT },
    );
  });
  afterAll(() => cleanup.run());

  describe.each(Object.keys(CASES) as Name[])('%s', (name) => {
    const { status, code } = CASES[name];
    it.each(['GET', 'POST'])(`%s: ${status} in time, and a line in the log`, async (method) => {
      lines.length = 0;
      const begun = performance.now();
      const body = method === 'POST' ? { body: Buffer.from('a=1') } : {};
      const answer = await exchange(origins[name] as string, '/', { method, ...body });
      const took = performance.now() - begun;
      expect(answer.status).toBe(status);
      expect(lines).toEqual([expect.stringContaining(code)]);
      expect(took).toBeLessThan(1000);
      if (status === 504) expect(took).toBeGreaterThan(TIMEOUT - 50);
    });
  });
});

const BUSY = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    console.log(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;

/** Starts a server that accepts nothing, and fills the queue of its port. */
async function startBusy(cleanup: Cleanup): Promise<number> {
  const child = startChild(cleanup, process.execPath, ['-e', BUSY]);
  cleanup.add(() => child.stop('SIGKILL'));
  const port = Number(
    await until('the port of the busy server', () => child.stdout.trim() || false),
  );
  let connected = 0;
  for (let waiting = 0; waiting < 4; waiting++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.on('connect', () => connected++);
    cleanup.add(() => socket.destroy());
  }
  // A backlog of 1 has room for two; the others wait in front of it.
  await until('the backlog is full', () => connected >= 2);
  return port;
}
