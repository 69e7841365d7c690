// Frameworks behind real web servers, unchanged: one process for each framework that listens by every
// protocol, one process of each web server, and what test/frameworks asks over our own back-ends.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ask, CASES } from '../frameworks/cases.ts';
import { Cleanup } from '../support/cleanup.ts';
import { holdPort } from '../support/held-port.ts';
import { exchange, open } from '../support/http-client.ts';
import {
  fixturePath,
  LAUNCHER,
  portOf,
  type RunningSluice,
  startSluice,
} from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { type Behind, FRONTS, PROTOCOLS } from './frameworks-sites.ts';
import { describeWith } from './servers/program.ts';
import type { WebServer } from './servers/web-server.ts';

const ADAPTED = fixturePath('frameworks/adapted.js');

/** Each framework, and what it has beside a router. */
const FRAMEWORKS: Readonly<Record<string, readonly string[]>> = {
  express5: ['compression', 'sessions', 'uploads'],
  fastify: [],
  koa: [],
  hono: ['compression'],
  bare: [],
};
const NAMES = Object.keys(FRAMEWORKS);

/** Not where web servers connect from, so that the addresses tell themselves apart. */
const CLIENT = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';

const cleanup = new Cleanup();
const applications = new Map<string, RunningSluice>();
const scripts = temporaryFolder(cleanup);
beforeAll(async () => {
  const listen = PROTOCOLS.flatMap((protocol) => ['--listen', `${protocol}://127.0.0.1:0`]);
  await Promise.all(
    NAMES.map(async (name) => {
      const env = { ...process.env, FRAMEWORK: name };
      const words = [ADAPTED, ...listen, '--script-name', ''];
      applications.set(name, await startSluice(cleanup, words, { env }));
      writeFileSync(
        join(scripts, `${name}.fcgi`),
        `#!${LAUNCHER}\nprocess.env.FRAMEWORK = '${name}';\nexport default (await import('${ADAPTED}')).default;\n`,
      );
      chmodSync(join(scripts, `${name}.fcgi`), 0o755);
    }),
  );
});
afterAll(() => cleanup.run());

/** Asks over HTTP what the cases ask with variables. */
function asks(origin: string): Ask {
  return async (variables, body = null) => {
    const { REQUEST_METHOD: method = 'GET', REQUEST_URI: target = '/', ...others } = variables;
    const headers: Record<string, string> = { Host: '127.0.0.1' };
    for (const [name, value] of Object.entries(others)) {
      if (name === 'CONTENT_TYPE') headers['Content-Type'] = value;
      const [, field] = /^HTTP_(.*)$/.exec(name) ?? [];
      if (field) headers[field.replaceAll('_', '-')] = value;
    }
    const sent = body === null ? {} : { body: Buffer.from(body as Uint8Array) };
    const answer = await exchange(origin, target, { method, headers, from: CLIENT, ...sent });
    return {
      status: `${answer.status} ${answer.reason}`,
      // The web server's own.
      headers: Object.entries(answer.headers)
        .filter(([name]) => !['connection', 'keep-alive'].includes(name))
        .flatMap(([name, value]) => [value].flat().map((one) => [name, one] as [string, string])),
      body: answer.body,
      text: answer.text,
    };
  };
}

/** Reads events until the second one, and leaves. */
async function readTwoEvents(origin: string): Promise<string> {
  const client = new AbortController();
  const answer = await open(origin, '/events', { signal: client.signal });
  let text = '';
  for await (const block of answer) {
    text += block;
    if (text.includes('data: 2\n\n')) break;
  }
  client.abort();
  return text;
}

describe.each(Object.entries(FRONTS))('%s', (_server, { programs, start, before, sites }) => {
  const ports = new Map<string, string>();
  let server: WebServer;

  describeWith(programs, 'in front', () => {
    beforeAll(async () => {
      let text = before;
      for (const name of NAMES) {
        const addresses = applications.get(name)?.addresses ?? [];
        for (const [way, site] of Object.entries(sites)) {
          const behind: Behind = {
            port: await holdPort(cleanup),
            portOf: (protocol) => portOf(addresses[PROTOCOLS.indexOf(protocol)]),
            script: join(scripts, `${name}.fcgi`),
          };
          ports.set(`${way} ${name}`, behind.port);
          text += site(behind);
        }
      }
      server = await start(cleanup, 'frameworks.conf', { SITES: text });
    });

    describe.each(Object.keys(sites))('%s', (way) => {
      describe.each(NAMES)('%s', (name) => {
        const origin = () => `http://127.0.0.1:${ports.get(`${way} ${name}`)}`;
        const has = FRAMEWORKS[name] as readonly string[];

        it.each(CASES.filter(({ needs }) => !needs || has.includes(needs)))(
          '$name',
          async ({ show }) => {
            await show(asks(origin()), CLIENT).catch((error) => {
              error.message += `\n--- ${server.log().slice(-2000)}`;
              throw error;
            });
          },
        );

        it('events come one by one, and a client that leaves ends them', async () => {
          const closings = async () =>
            JSON.parse((await exchange(origin(), '/closings')).text).closed as number;
          const earlier = await closings();
          expect(await readTwoEvents(origin())).toMatch(/^data: 1\n\n/);
          await until('the end of the events', async () => (await closings()) > earlier);
        });
      });
    });
  });
});
