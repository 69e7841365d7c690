// How many connections a listener has at once, and what the log says of those beyond.
import { fileURLToPath } from 'node:url';
import { DEFAULT_LIMITS, type FrontEnd, type Site } from '@sluice/front-ends';
import { demoApp, Gateway } from '@sluice/gateway';
import { PROTOCOLS } from 'sluice';
import { describe, expect, it, onTestFinished } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { ask } from './support/calls.ts';
import { LISTENERS } from './support/matrix.ts';
import { exchange, type Peer, peerFor } from './support/peer.ts';
import { cpuTime, fdCount } from './support/processes.ts';
import { Program } from './support/program.ts';
import { app } from './support/start-server.ts';
import { holds, until } from './support/until.ts';

const COUNT = /: (?:(\d+) connections|a connection) closed at once: (\d+) are open/;

/** How many connections the log tells of, each a closed one. */
function told(log: readonly string[]): number {
  return log.reduce((sum, line) => {
    const [whole, count = '1'] = COUNT.exec(line) ?? [];
    return whole === undefined ? sum : sum + Number(count);
  }, 0);
}

const connected = (peers: readonly Peer[]) =>
  Promise.all(peers.map(({ socket }) => new Promise((go) => socket.once('connect', go))));
const isClosed = ({ socket }: Peer) => socket.readableEnded || socket.destroyed;

describe.each(LISTENERS)('%s: as the site says', (protocol) => {
  it('those beyond are closed, counted, and told of; places that are free again are taken', async () => {
    const frontEnd: FrontEnd = await PROTOCOLS[protocol].frontEnd();
    const log: string[] = [];
    const site: Site = {
      gateway: new Gateway(demoApp),
      log: (level, message) => log.push(`${level}: ${message}`),
      limits: DEFAULT_LIMITS,
      allow: undefined,
      trust: undefined,
      maxConnections: 3,
      options: {},
    };
    const listener = frontEnd.createServer?.(site);
    if (!listener) throw new Error('it has a listener');
    onTestFinished(async () => {
      listener.destroy();
      await listener.stop();
    });
    await new Promise<void>((resolve) => {
      listener.server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = listener.server.address() as { port: number };
    const url = `${protocol}://127.0.0.1:${port}`;
    const peers = Array.from({ length: 3 }, () => peerFor(url));
    await connected(peers);
    for (let times = 0; times < 10; times++) expect((await exchange(url, '')).answer).toBe('');
    expect(peers.some(isClosed)).toBe(false);
    expect(log).toEqual([
      `warn: ${protocol}: a connection closed at once: 3 are open, as many as there may be`,
    ]);
    await until('the rest is told of', () => told(log) === 10);
    expect(log).toHaveLength(2);
    peers[0]?.drop();
    const backEnd = await backEndFor(url);
    const asked = () => ask(backEnd, 'any').catch(() => undefined);
    const answer = await until('an answer in the place that is free', asked);
    expect(answer.text).toMatch(/^Hello world!/);
  });
});

const FEW = fileURLToPath(new URL('support/few-descriptors.js', import.meta.url));

describe.each(LISTENERS)('%s: as the descriptors of the process say', (protocol) => {
  it('64 of them, and ever more connections', async () => {
    const words = ['serve', app('every.js'), '--listen', `${protocol}://127.0.0.1:0`];
    const server = new Program([FEW, ...words], { env: { ...process.env, DESCRIPTORS: '64' } });
    onTestFinished(() => server.kill());
    const url = /\S+:\/\/\S+/.exec(await server.line(/:\/\/127/))?.[0] as string;
    const peers = Array.from({ length: 188 }, () => peerFor(url));
    await connected(peers);
    await until('156 are closed', () => peers.filter(isClosed).length === 188 - 32);
    await until('all of them are told of', () => told(server.log) === 188 - 32);
    const before = { lines: server.log.length, cpu: cpuTime(server.pid) };
    await holds('32 stay', () => peers.filter(isClosed).length === 188 - 32, 1000);
    expect(cpuTime(server.pid) - before.cpu).toBeLessThan(200);
    expect(fdCount(server.pid)).toBeLessThanOrEqual(64);
    expect(server.log.length).toBe(before.lines);

    const start = performance.now();
    let more = 0;
    while (performance.now() - start < 1500) {
      await exchange(url, '');
      more++;
    }
    await until('these are told of', () => told(server.log) === 188 - 32 + more);
    expect(server.log.length - before.lines).toBeLessThanOrEqual(4);
    const others = server.log.slice(0, -1).filter((line) => line.startsWith('error'));
    expect(others).toEqual([]);
    for (const peer of peers) peer.drop();
    const backEnd = await backEndFor(url);
    const asked = () => ask(backEnd, 'bodies.single').catch(() => undefined);
    expect((await until('it serves again', asked)).text).toBe('one two');
  });
});
