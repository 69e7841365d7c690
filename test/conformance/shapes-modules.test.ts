// What a sub-path loads: its own protocol and no other one, and for one CGI request a handful of files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { call } from '@sluice/gateway/testing';
import { describe, expect, it } from 'vitest';
import { LISTENERS } from './support/matrix.ts';
import { scratch } from './support/scratch.ts';
import { shape, startFlup } from './support/shapes.ts';
import { startedWith } from './support/started.ts';

/** Environment of a process that lists what it loads, and the list. */
function listed() {
  const file = join(scratch(), 'modules');
  return {
    env: {
      ...process.env,
      SLUICE_TEST_MODULES: file,
      NODE_OPTIONS: `--import ${pathToFileURL(shape('list-modules'))}`,
    },
    modules: () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((url) => url.includes('/packages/')),
  };
}

/** Of a front-end or a back-end, or of a codec package: the protocol. */
const OF_PROTOCOL = new RegExp(
  `/(?:front-ends/dist/|back-ends/dist/|)(${['ajp13', ...LISTENERS].join('|')})(?:\\.js$|-protocol/)`,
);

describe.each(LISTENERS)('sluice/%s', (protocol) => {
  it('loads no other protocol, and no back-end', async () => {
    const { env, modules } = listed();
    const { backEnd } = await startFlup(protocol, 'single', {}, env);
    expect((await call(backEnd)).status).toBe('200 OK');
    const loaded = modules().filter((url) => !url.includes('/sluice/dist/'));
    expect(loaded.length).toBeGreaterThan(50); // the list is one
    const own = protocol === 'ajp' ? 'ajp13' : protocol;
    const protocols = new Set(loaded.flatMap((url) => OF_PROTOCOL.exec(url)?.[1] ?? []));
    expect([...protocols]).toEqual([own]);
    expect(loaded.filter((url) => url.includes('/back-ends/'))).toEqual([]);
  });
});

const REQUEST = {
  REQUEST_METHOD: 'GET',
  SERVER_NAME: 'localhost',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.1',
};

it.each([
  ['cgi', 1],
  ['fastcgi', 3],
])('sluice/%s answers a CGI request out of %d files', async (name, most) => {
  const { env, modules } = listed();
  const program = startedWith('ignore', [shape('flup'), name], { env: { ...env, ...REQUEST } });
  expect(await program.ended()).toEqual({ code: 0, signal: null });
  expect(program.stdout).toMatch(/^Status: 200 OK\r\n/);
  expect(modules().length).toBeLessThanOrEqual(most);
});
