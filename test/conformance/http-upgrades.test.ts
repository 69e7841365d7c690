// Connections that applications take over from HTTP itself, and offers that nobody takes.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Server, serve } from 'sluice';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectStopToEnd, upgradeCases } from '../interop/cases/upgrades.ts';
import { Site } from '../interop/site.ts';
import { Cleanup } from '../support/cleanup.ts';
import { appPath, portOf } from '../support/sluice.ts';
import { inTime, until } from '../support/until.ts';
import { upgrade } from '../support/upgrade-client.ts';

const LIMITS = { firstByte: 500, head: 500, body: 500, idle: 500, drain: 500, linger: 500 };
const cleanup = new Cleanup();
let server: Server;
let site: Site;
let lines = '';

beforeAll(async () => {
  server = await serve(appPath('every-behaviour.js'), {
    listen: ['http://127.0.0.1:0'],
    limits: LIMITS,
    log: (_level, line) => {
      lines += `${line}\n`;
    },
  });
  cleanup.add(() => server.close());
  const facts = { variables: {}, paths: {}, queries: {}, asksUnbuffered: false, noise: [] };
  site = new Site({ origin: server.addresses[0] as string, logs: () => lines }, '', facts);
});
afterAll(() => cleanup.run());

for (const [name, test] of Object.entries(upgradeCases)) it(name, () => test(site));

/** Sends bytes, and reads to the end of the connection. */
async function talk(text: string): Promise<string> {
  const socket = connect(Number(portOf(server.addresses[0])), '127.0.0.1');
  socket.setEncoding('latin1').end(text, 'latin1');
  let answer = '';
  socket.on('data', (block) => {
    answer += block;
  });
  await inTime('the connection ends', once(socket, 'close'));
  return answer;
}

it('an upgrade that is not granted is answered, and ends the connection', async () => {
  const answer = await talk(
    'GET /environ HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toMatch(/\r\nConnection: close\r\n/);
  expect(answer).toMatch(/\r\nDate: .* GMT\r\n/);
  expect(JSON.parse(answer.split('\r\n\r\n')[1] as string)).toMatchObject({
    HTTP_UPGRADE: 'websocket',
    HTTP_HOST: 'h',
  });
});

it.each([
  ['h2c', 'Upgrade: h2c\r\nHTTP2-Settings: x\r\n'],
  ['WebSocket with a body', 'Upgrade: websocket\r\n'],
])('%s: an offer that is left alone, and so is what follows it', async (_name, offer) => {
  const answer = await talk(
    `POST /digest HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade, X-Secret\r\nX-Secret: 1\r\n${offer}Content-Length: 5\r\n\r\nhello`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(JSON.parse(answer.split('\r\n\r\n')[1] as string).length).toBe(5);
});

it('a request that asks behind one that is not answered yet ends the connection', async () => {
  const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;
  const wish = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  const answer = await talk(`${get('/environ')}${get('/take-over', wish)}`);
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
});

it('what HTTP forbids is refused', async () => {
  const answer = await talk(
    'GET /take-over HTTP/1.1\r\nHost: a b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(lines).toMatch(/ERR_HTTP_REQUEST: a Host that is no host/);
});

it('both sides may be silent for longer than the time limits', async () => {
  const client = await upgrade(site.origin, '/take-over');
  cleanup.add(() => client.socket.destroy());
  await client.read('greetings\n'.length);
  const silent = connect(Number(portOf(server.addresses[0])), '127.0.0.1');
  await inTime('a silent connection is cut', once(silent.resume(), 'close'));
  client.socket.write('message');
  expect(String(await client.read('message'.length))).toBe('message');
});

it('an application that does not read holds its client up', async () => {
  let connection: Duplex | undefined;
  const reader = await serve(
    (environ) => {
      connection = environ['sluice.upgrade']?.();
      return [];
    },
    { listen: ['http://127.0.0.1:0'], log: () => {} },
  );
  cleanup.add(() => reader.close());
  const client = await upgrade(reader.addresses[0] as string, '/');
  cleanup.add(() => client.socket.destroy());
  const size = 32 * 1_048_576;
  client.socket.write(Buffer.alloc(size));
  for (let count = 0; count < 200; count++) await site.exchange('/environ');
  expect(client.socket.writableLength).toBeGreaterThan(0);
  let length = 0;
  connection?.on('data', (block) => {
    length += block.length;
  });
  await until('all of it is there', () => length === size);
});

it('a stop of the server ends them', () => expectStopToEnd(site, server));
