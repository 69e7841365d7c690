// The pages of frameworks are followed: what they serve answers what they say.
import { afterEach, describe, expect, it } from 'vitest';
import { openWebSocket } from '../interop/websocket-client.ts';
import { Cleanup } from '../support/cleanup.ts';
import { portOf, startSluice } from '../support/sluice.ts';
import { blocksOf, commandBehind, read, wordsOf } from './markdown.ts';
import { describePage, WALKED, WALKED_WHEN_BUILT } from './walk.ts';
import { isInstalled, isWebServer, startWebServer, type WebServer } from './web-servers.ts';
import { openWorkshop } from './workshop.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

for (const document of WALKED) describePage(document);

describe('docs/websocket.md', () => {
  const DOCUMENT = 'docs/websocket.md';

  async function expectEcho(origin: string): Promise<void> {
    const client = await openWebSocket(origin.replace('http:', 'ws:'), '127.0.0.1');
    cleanup.add(() => client.socket.terminate());
    expect(await client.ask('hello')).toBe('hello');
    client.socket.close(); // Apache takes its time to stop while one is open
    await client.end();
  }

  it('app.mjs sends back what comes', async () => {
    const { folder } = await openWorkshop(cleanup, DOCUMENT);
    const words = ['app.mjs', '--listen', 'http://127.0.0.1:0'];
    const { addresses } = await startSluice(cleanup, words, { cwd: folder });
    await expectEcho(addresses[0] as string);
  });

  const sites = blocksOf(DOCUMENT).filter(({ language }) => isWebServer(language));

  it.for(sites)('line $line: $language', async (block, { skip }) => {
    const server = block.language as WebServer;
    skip(!isInstalled(server), `${server} is not installed`);
    const behind = commandBehind(block);
    const { folder, local } = await openWorkshop(cleanup, DOCUMENT);
    const words = wordsOf(local(behind)).slice(3);
    const { addresses } = await startSluice(cleanup, words, { cwd: folder });
    const given = /127\.0\.0\.1:(\d+)/.exec(behind)?.[1] as string;
    const site = block.text.replaceAll(given, portOf(addresses[0]));
    await expectEcho(await startWebServer(cleanup, server, local(site)));
  });

  it('there is a site for each web server that can', () => {
    expect(new Set(sites.map(({ language }) => language)).size).toBe(3);
  });
});

it('the index leads to all of them', () => {
  const index = read('docs/frameworks.md');
  const names = [...WALKED, ...WALKED_WHEN_BUILT, 'docs/shared-hosting.md'];
  const missing = names
    .map((document) => document.replace('docs/', ''))
    .filter((name) => name !== 'frameworks.md' && !index.includes(`](${name})`));
  expect(missing).toEqual([]);
});
