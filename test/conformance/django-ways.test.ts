// One project, untouched, served in every way there is, over each protocol and under each model: the same answers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, call } from '@sluice/gateway/testing';
import type { Application } from 'sluice';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fixturePath, SLUICE } from '../support/sluice.ts';
import { backEndFor } from './support/back-end.ts';
import { MATRIX } from './support/matrix.ts';
import { Program } from './support/program.ts';
import { scratch } from './support/scratch.ts';

const SHOP = fixturePath('projects/shop');

type Cell = (typeof MATRIX)[number];

/** The words after `node` that serve the project. */
const WAYS: Readonly<Record<string, (cell: Cell, folder: string) => readonly string[]>> = {
  'sluice serve': ({ protocol, model }) => [
    ...[SLUICE, 'serve', SHOP, '--listen', `${protocol}://127.0.0.1:0`],
    ...['--concurrency', model, '--workers', '2'],
  ],
  'an ini file'({ protocol, model }, folder) {
    const file = join(folder, 'site.ini');
    const workers = model === 'single' ? '' : 'workers = 2\n';
    writeFileSync(
      file,
      `[server:main]\nuse = egg:sluice#${protocol}_${model}\nhost = 127.0.0.1\nport = 0\n${workers}[app:main]\nuse = ${SHOP}\n`,
    );
    return [SLUICE, 'serve', '--config', file];
  },
  'a configuration in JavaScript'({ protocol, model }, folder) {
    const file = join(folder, 'sluice.config.mjs');
    const options = { listen: [`${protocol}://127.0.0.1:0`], concurrency: model, workers: 2 };
    writeFileSync(file, `export default ${JSON.stringify({ application: SHOP, ...options })};`);
    return [SLUICE, 'serve', '--config', file];
  },
  'manage.js runfcgi': ({ protocol, model }) => [
    ...[join(SHOP, 'manage.js'), 'runfcgi', `protocol=${protocol}`, `method=${model}`],
    ...['host=127.0.0.1', 'port=0', 'daemonize=false'],
    ...(model === 'single' ? [] : ['maxchildren=2']),
  ],
  'manage.js serve': ({ protocol, model }) => [
    ...[join(SHOP, 'manage.js'), 'serve', '--server', 'behind'],
    ...['--listen', `${protocol}://127.0.0.1:0`, '--concurrency', model],
  ],
  'three lines of a library'({ protocol, model }, folder) {
    const file = join(folder, 'shop.mjs');
    const options = { listen: [`${protocol}://127.0.0.1:0`], concurrency: model, workers: 2 };
    const [sluice, django] = ['index.js', 'django/index.js'].map((name) =>
      join(SLUICE, '..', name),
    );
    writeFileSync(
      file,
      `import { serve } from '${sluice}';
import { getWsgiApplication } from '${django}';
const server = await serve(await getWsgiApplication({ root: '${SHOP}' }), ${JSON.stringify(options)});
if (!server.isWorker) console.error('serving\\n  ' + server.addresses[0] + ' try: it');
process.on('SIGTERM', () => server.close());`,
    );
    return [file];
  },
};

/** Starts a server; it has to end well. */
async function start(words: readonly string[], folder: string): Promise<Application> {
  const { SLUICE_SETTINGS_MODULE, ...env } = process.env;
  const program = new Program(words, { cwd: folder, env });
  onTestFinished(() => program.kill());
  onTestFinished(async () => {
    program.signal('SIGTERM');
    expect({
      ...(await program.ended()),
      log: program.log.filter((line) => /uncaught/.test(line)),
    }).toEqual({ code: 0, signal: null, log: [] });
  });
  const line = await program.line(/^ {2}\S+ +try:/, 20_000);
  return await backEndFor(line.trim().split(' ')[0] as string);
}

const HOST = { HTTP_HOST: 'shop.example', REMOTE_ADDR: '127.0.0.1' };

function seen({ status, headers, text }: Answer) {
  const own = headers.filter(([name]) => /^(?:x-|content-type)/i.test(name));
  const layers = own.map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  return { status: status.slice(0, 3), headers: layers, text };
}

/** What the project answers. */
async function answersOf(project: Application) {
  const get = { ...HOST, REQUEST_METHOD: 'GET', SCRIPT_NAME: '' };
  const boom = await call(project, { ...get, PATH_INFO: '/shop/boom' });
  return {
    page: seen(await call(project, { ...get, PATH_INFO: '/shop/a b', QUERY_STRING: 'x=1' })),
    post: seen(
      await call(project, { ...HOST, REQUEST_METHOD: 'POST', PATH_INFO: '/shop/' }, 'two words'),
    ),
    stranger: seen(await call(project, { ...get, HTTP_HOST: 'evil.example', PATH_INFO: '/' })),
    boom: { status: boom.status.slice(0, 3), tells: boom.text.includes('a secret') },
  };
}

const asked = (method: string, path: string, query: string, body: string) =>
  JSON.stringify({
    ...{ method, script: '/shop', path, query, body },
    layers: ['outer', 'inner'],
    currency: 'EUR',
  });

const LAYERS = ['content-type: application/json', 'x-layer: inner', 'x-layer: outer'];

const EXPECTED = {
  page: { status: '200', headers: LAYERS, text: asked('GET', '/a b', 'x=1', '') },
  post: { status: '200', headers: LAYERS, text: asked('POST', '/', '', 'two words') },
  stranger: {
    status: '400',
    headers: ['content-type: text/plain; charset=utf-8'],
    text: 'Bad Request (400)\n',
  },
  boom: { status: '500', tells: false },
};

describe('a Django-style project', () => {
  it.each(MATRIX)(
    'answers the same in every way: $protocol, $model',
    async (cell) => {
      const folder = scratch();
      const ways = Object.entries(WAYS);
      const answers = await Promise.all(
        ways.map(async ([, words]) => answersOf(await start(words(cell, folder), folder))),
      );
      expect(Object.fromEntries(ways.map(([way], at) => [way, answers[at]]))).toEqual(
        Object.fromEntries(ways.map(([way]) => [way, EXPECTED])),
      );
    },
    60_000,
  );
});
