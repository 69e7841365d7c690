// The configurations of the documents, each in its web server and with what they say behind it.
import { readdirSync, readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { exchange } from '../support/http-client.ts';
import { portOf, startSluice } from '../support/sluice.ts';
import { blocksOf, commandBehind, DOCUMENTS, ROOT, wordsOf } from './markdown.ts';
import { isInstalled, isWebServer, startWebServer, type WebServer } from './web-servers.ts';
import { openWorkshop } from './workshop.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const sites = DOCUMENTS.flatMap(blocksOf)
  .filter(({ language }) => isWebServer(language))
  .map((block) => ({
    ...block,
    server: block.language as WebServer,
    behind: commandBehind(block),
  }));

/** Where requests come from: not from where Sluice's own peer is, so that REMOTE_ADDR tells them apart. */
const CLIENT = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';
const agent = new Agent({ localAddress: CLIENT });

/** Shows what a wrong configuration gets wrong. */
const SHOW = `
export default async (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'application/json']]);
  const { SCRIPT_NAME, PATH_INFO, QUERY_STRING, REQUEST_METHOD, REMOTE_ADDR, HTTP_HOST } = environ;
  const body = await environ['wsgi.input'].text();
  const host = (HTTP_HOST ?? '').replace(/:.*/, '');
  return [JSON.stringify([SCRIPT_NAME, PATH_INFO, QUERY_STRING, REQUEST_METHOD, REMOTE_ADDR, host, body])];
};
`;

/** Starts what stands behind a site; settles with the site that leads there. */
async function startBehind(
  behind: string,
  text: string,
  workshop: Awaited<ReturnType<typeof openWorkshop>>,
) {
  if (behind === '') return text;
  const words = wordsOf(workshop.local(behind)).slice(3);
  const { addresses } = await startSluice(cleanup, words, { cwd: workshop.folder });
  const [address] = addresses;
  const given = /127\.0\.0\.1:(\d+)/.exec(behind)?.[1];
  return given ? text.replaceAll(given, portOf(address)) : text;
}

describe.each(sites)('$document, line $line: $server', ({ server, behind, text }) => {
  const at = /--script-name (\S+)/.exec(behind)?.[1]?.replaceAll("'", '');
  const scripts = /cgi-bin/.test(text);
  const mount = scripts ? '/cgi-bin/hello.mjs' : (at ?? '');

  it.skipIf(!isInstalled(server))(behind || 'CGI programs', async () => {
    const workshop = await openWorkshop(cleanup, 'docs/web-servers.md');
    if (!scripts) workshop.write('app.mjs', SHOW);
    const site = await startBehind(behind, text, workshop);
    const origin = await startWebServer(cleanup, server, workshop.local(site));
    if (scripts) {
      const { text: answer } = await exchange(origin, `${mount}/a%20b?c=d`);
      expect(answer).toBe('GET /a b\n');
      return;
    }
    for (const [path, decoded] of [['/a%20b', '/a b'] as const, ['/', '/'] as const]) {
      const shown = [mount, decoded, 'c=d', 'GET', CLIENT, '127.0.0.1', ''];
      const { text: answer } = await exchange(origin, `${mount}${path}?c=d`, { agent });
      expect(JSON.parse(answer)).toEqual(shown);
    }
    const sent = { method: 'POST', agent, body: Buffer.from('hello') };
    const { text: answer } = await exchange(origin, `${mount}/a/`, sent);
    expect(JSON.parse(answer)).toEqual([mount, '/a/', '', 'POST', CLIENT, '127.0.0.1', 'hello']);
    if (mount === '') return;
    const nobody = server === 'haproxy' ? 503 : 404; // no back-end, or no such path
    expect((await exchange(origin, `${mount}2/a`)).status).toBe(nobody);
  });
});

it('there is a site for each web server', () => {
  const servers = new Set(sites.map(({ server }) => server));
  expect([...servers].sort()).toEqual(['apache', 'caddyfile', 'haproxy', 'lighttpd', 'nginx']);
});

it('of each page a block is what the interop tests run', () => {
  const folder = `${ROOT}test/interop/`;
  const tests = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  const text = tests.map((name) => readFileSync(folder + name, 'utf8')).join('\n');
  const run = new Set(
    [...text.matchAll(/\.\.\.documented\(\w+, '(\w+)'/g)].map(([, page]) => page),
  );
  expect([...run].sort()).toEqual(['apache', 'caddy', 'haproxy', 'lighttpd', 'nginx']);
});
