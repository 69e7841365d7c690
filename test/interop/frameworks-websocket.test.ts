// WebSocket applications of `ws`, unchanged, over HTTP and behind real web servers; and a word where it cannot be.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { holdPort } from '../support/held-port.ts';
import { exchange } from '../support/http-client.ts';
import { fixturePath, portOf, type RunningSluice, startSluice } from '../support/sluice.ts';
import { until } from '../support/until.ts';
import { type Behind, FRONTS, PROTOCOLS, UPGRADING } from './frameworks-sites.ts';
import { isLighttpdFrom } from './servers/lighttpd.ts';
import { describeWith } from './servers/program.ts';
import { type Client, openWebSocket } from './websocket-client.ts';

const CLIENT = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';
const MEGABYTE = 1_000_000;

const cleanup = new Cleanup();
let application: RunningSluice;
beforeAll(async () => {
  application = await startSluice(
    cleanup,
    [
      fixturePath('frameworks/adapted.js'),
      ...PROTOCOLS.flatMap((protocol) => ['--listen', `${protocol}://127.0.0.1:0`]),
      ...['--script-name', '', '--trust', '127.0.0.1'],
    ],
    { env: { ...process.env, FRAMEWORK: 'websocket' } },
  );
});
afterAll(() => cleanup.run());

/** Where the application listens by a protocol. */
function applicationPort(protocol: (typeof PROTOCOLS)[number]): string {
  return portOf(application.addresses[PROTOCOLS.indexOf(protocol)]);
}

let count = 0;

/** What has to hold wherever WebSockets can be. */
function describeSockets(host: () => string): void {
  /** A WebSocket at a path of its own, so that its end can be asked for. */
  async function open(): Promise<{ client: Client; path: string }> {
    const path = `socket${++count}`;
    const client = await openWebSocket(`ws://${host()}/${path}`, CLIENT);
    cleanup.add(() => client.socket.terminate());
    return { client, path };
  }

  /** How the application saw the end. */
  async function ending(path: string): Promise<unknown> {
    const asked = async () => {
      const { text } = await exchange(`http://${host()}`, `/closings?${path}`);
      const [first] = JSON.parse(text);
      return first ?? false;
    };
    return await until('the application sees the end', asked);
  }

  it('texts and bytes are sent back, and the application knows who asks', async () => {
    const { client, path } = await open();
    expect(await client.ask('caf\u00e9')).toBe('caf\u00e9');
    expect(await client.ask(Buffer.from([0, 255]))).toEqual(Buffer.from([0, 255]));
    expect(await client.ask('who')).toBe(`/${path} ${CLIENT}`);
    client.socket.close();
    await client.end();
  });

  it('messages of 1 MB, both ways at once', async () => {
    const { client } = await open();
    const messages = Array.from({ length: 3 }, () => randomBytes(MEGABYTE));
    for (const message of messages) client.socket.send(message);
    for (const message of messages)
      expect(message.equals((await client.message()) as Buffer)).toBe(true);
    client.socket.close();
    await client.end();
  });

  it('the client closes, with a code and a reason', async () => {
    const { client, path } = await open();
    client.socket.close(4000, 'bye');
    expect(await client.end()).toEqual([4000, 'bye']);
    expect(await ending(path)).toEqual([4000, 'bye']);
  });

  it('the application closes, with a code and a reason', async () => {
    const { client, path } = await open();
    client.socket.send('close');
    expect(await client.end()).toEqual([4001, 'as you wish']);
    expect(await ending(path)).toEqual([4001, 'as you wish']);
  });

  it('a client that disappears is noticed', async () => {
    const { client, path } = await open();
    expect(await client.ask('here')).toBe('here');
    client.socket.terminate();
    expect(await ending(path)).toEqual([1006, '']);
  });

  it('pings are answered', async () => {
    const { client } = await open();
    expect(await client.ask('ping')).toBe('pong: are you there');
    client.socket.close();
    await client.end();
  });

  it('20 at once, each with its own messages', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, open));
    await Promise.all(
      all.map(async ({ client }, own) => {
        for (let at = 0; at < 5; at++)
          expect(await client.ask(`${own} ${at}`)).toBe(`${own} ${at}`);
        client.socket.close();
        await client.end();
      }),
    );
  });

  it('requests that want none are answered beside them', async () => {
    expect((await exchange(`http://${host()}`, '/')).text).toBe('no WebSocket');
  });
}

describe('HTTP, without a web server', () => {
  describeSockets(() => `127.0.0.1:${applicationPort('http')}`);
});

/** Puts a web server in front by some ways; gives the host of each. */
function hostsBehind(front: string, ways: readonly string[]): ReadonlyMap<string, string> {
  const { start, before, sites } = { ...FRONTS, ...UPGRADING }[front] as (typeof FRONTS)[string];
  const hosts = new Map<string, string>();
  beforeAll(async () => {
    let text = before;
    for (const way of ways) {
      const port = await holdPort(cleanup);
      const behind: Behind = { port, portOf: applicationPort, script: '' };
      text += (sites[way] as (behind: Behind) => string)(behind);
      hosts.set(way, `127.0.0.1:${port}`);
    }
    await start(cleanup, 'frameworks.conf', { SITES: text });
  });
  return hosts;
}

for (const [front, ways] of [
  ['nginx', ['SCGI', 'uwsgi']],
  ['nginx with upgrades', ['HTTP']],
  ['Apache with upgrades', ['HTTP']],
  ['lighttpd with upgrades', ['HTTP']],
  ['lighttpd from 1.4.74', ['FastCGI', 'SCGI', 'uwsgi']],
] as const) {
  if (front === 'lighttpd from 1.4.74' && !isLighttpdFrom(74)) {
    it.skip(`${front} (before, it lets only HTTP and CGI do so)`, () => {});
    continue;
  }
  const programs = ({ ...FRONTS, ...UPGRADING }[front] as (typeof FRONTS)[string]).programs;
  describeWith(programs, front, () => {
    const hosts = hostsBehind(front, ways);
    describe.each(ways)('%s', (way) => describeSockets(() => hosts.get(way) as string));
  });
}

for (const [front, way, protocol] of [
  ['nginx', 'FastCGI', 'fastcgi'],
  ['Apache', 'AJP', 'ajp'],
] as const) {
  describeWith((FRONTS[front] as (typeof FRONTS)[string]).programs, `${front} by ${way}`, () => {
    const hosts = hostsBehind(front, [way]);

    it('WebSockets are answered with 501, and the log says why, once', async () => {
      const host = hosts.get(way) as string;
      const attempt = () => openWebSocket(`ws://${host}/`, CLIENT);
      await expect(attempt()).rejects.toThrow('Unexpected server response: 501');
      await expect(attempt()).rejects.toThrow('Unexpected server response: 501');
      const lines = application.child.stderr.match(/^.*WebSocket.*$/gm) ?? [];
      expect(lines.filter((line) => line.includes(`by ${protocol} `))).toEqual([
        `error: a WebSocket request was answered with 501: by ${protocol} behind this web server a connection cannot be taken over`,
      ]);
      expect((await exchange(`http://${host}`, '/')).text).toBe('no WebSocket');
    });
  });
}
