// Applications of frameworks, unchanged, over every front-end.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { call } from '@sluice/gateway/testing';
import { type Application, PROTOCOLS } from 'sluice';
import { beforeAll, describe, expect, it } from 'vitest';
import { backEndFor } from '../conformance/support/back-end.ts';
import { begin } from '../conformance/support/calls.ts';
import { LISTENERS } from '../conformance/support/matrix.ts';
import { startServer, type TestServer } from '../conformance/support/start-server.ts';
import { until } from '../conformance/support/until.ts';
import { type Ask, CASES, CLIENT } from './cases.ts';

const ADAPTED = fileURLToPath(new URL('../fixtures/frameworks/adapted.js', import.meta.url));

/** Each framework, and what it has beside a router. */
const FRAMEWORKS: Readonly<Record<string, readonly string[]>> = {
  express4: ['compression', 'sessions', 'uploads'],
  express5: ['compression', 'sessions', 'uploads'],
  connect: ['compression', 'sessions'],
  koa: [],
  fastify: [],
  bare: [],
  hono: ['compression'],
  h3: [],
  'itty-router': [],
};

function asks(backEnd: Application): Ask {
  return (variables, body = null) =>
    call(backEnd, { REMOTE_ADDR: CLIENT, SERVER_PROTOCOL: 'HTTP/1.1', ...variables }, body);
}

describe.each(Object.entries(FRAMEWORKS))('%s', (framework, has) => {
  const cases = CASES.filter(({ needs }) => needs === undefined || has.includes(needs));
  let server: TestServer;
  beforeAll(async () => {
    const listen = LISTENERS.map(address);
    server = await startServer(ADAPTED, { listen }, { ...process.env, FRAMEWORK: framework });
    return async () => {
      expect((await server.stop()).code).toBe(0);
      expect(server.log.filter((line) => /PEP 3333|unhandled|uncaught/i.test(line))).toEqual([]);
    };
  });

  describe.each(LISTENERS)('%s', (protocol) => {
    const backEnd = () => {
      const url = server.urls.find((candidate) => candidate.startsWith(`${protocol}:`));
      return backEndFor(url as string);
    };

    it.each(cases)('$name', async ({ show }) => {
      await show(asks(await backEnd()));
    });

    it('server-sent events come one by one, and a client that leaves ends them', async () => {
      const ask = asks(await backEnd());
      const closings = async () =>
        JSON.parse((await ask({ PATH_INFO: '/closings', REQUEST_URI: '/closings' })).text).closed;
      const before = await closings();
      const variables = { PATH_INFO: '/events', REQUEST_URI: '/events' };
      const client = await begin(await backEnd(), 'events', variables);
      let text = '';
      while (!text.includes('data: 2\n\n')) text += (await client.blocks.next()).value;
      expect(text).toMatch(/^data: 1\n\n/);
      client.leave();
      await client.close();
      await until('the end of the events', async () => (await closings()) === before + 1);
    });
  });

  describe('cgi', () => {
    let backEnd: Application;
    beforeAll(async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sluice-framework-'));
      const script = join(folder, 'application.mjs');
      const from = (name: string) => JSON.stringify(import.meta.resolve(name));
      writeFileSync(
        script,
        `#!${process.execPath}
import { runCgi } from ${from('sluice/cgi')};
process.env.FRAMEWORK = ${JSON.stringify(framework)};
await runCgi((await import(${JSON.stringify(ADAPTED)})).default);
`,
      );
      chmodSync(script, 0o755);
      backEnd = (await PROTOCOLS.cgi.backEnd()).open({ type: 'file', path: script, args: [] });
      return () => rmSync(folder, { recursive: true });
    });

    it.each(cases.filter(({ isLong }) => !isLong))('$name', async ({ show }) => {
      await show(asks(backEnd));
    });
  });
});

/** Where a listener of a protocol is to be. Our back-end for HTTP forwards the client's address. */
function address(protocol: string): string {
  return `${protocol}://127.0.0.1:0${protocol === 'http' ? '?trust=127.0.0.1' : ''}`;
}
