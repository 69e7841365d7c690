// docs/shared-hosting.md: its files, in a real Apache that has been told nothing but to read .htaccess.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, read, rowsOf, section } from '../docs/markdown.ts';
import { Cleanup } from '../support/cleanup.ts';
import { exchange, type Sent } from '../support/http-client.ts';
import { SLUICE } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { APACHE, apacheModule, startApache } from './servers/apache.ts';
import { account } from './servers/configuration.ts';
import { describeWith } from './servers/program.ts';
import type { WebServer } from './servers/web-server.ts';

const DOCUMENT = 'docs/shared-hosting.md';
const blocks = blocksOf(DOCUMENT);
const table = section(DOCUMENT, 'When it does not work');
const stripped = /`(nodeHandler\(app, .*\))`/.exec(read(DOCUMENT))?.[1];
const cleanup = new Cleanup();
afterAll(() => cleanup.run());

let home: string;
let server: WebServer;

/** A file of the document with paths that are there. */
function text(file: string): string {
  const block = blocks.find((candidate) => candidate.file === file);
  if (!block) throw new Error(`the document has no ${file}`);
  return block.text.replaceAll('/home/ann', home).replaceAll('/usr/bin/node', process.execPath);
}

function change(file: string, from: string, to: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(from, to));
}

/** Routes that show more than those of the document. */
const MORE = `
import app from './documented.mjs';
app.get('/seen', ({ url, query, headers, ip }, response) =>
  response.json({ url, query, authorization: headers.authorization, ip, user: process.getuid(), pid: process.pid }),
);
app.post('/upload', async (request, response) => {
  let length = 0;
  for await (const block of request) length += block.length;
  response.json({ length });
});
app.get('/fail', () => { throw new Error('at fault by ' + (process.env.GATEWAY_INTERFACE ? 'cgi' : 'fcgi')); });
export default app;
`;

/** Fills a folder of the web with the files of one way. */
function publish(folder: string, kind: 'fcgi' | 'cgi'): void {
  mkdirSync(folder, { recursive: true });
  const name = kind === 'cgi' ? '.htaccess (CGI)' : '.htaccess';
  writeFileSync(join(folder, '.htaccess'), text(name));
  writeFileSync(join(folder, `app.${kind}`), text(`app.${kind}`));
  chmodSync(join(folder, `app.${kind}`), 0o755);
  writeFileSync(join(folder, 'style.css'), 'body {}\n');
}

describeWith([APACHE, apacheModule('mod_fcgid')], 'Apache with .htaccess', () => {
  const at = (name: string) => join(home, 'public_html', name);
  beforeAll(async () => {
    home = temporaryFolder(cleanup);
    for (const folder of ['site', 'public_html']) mkdirSync(join(home, folder));
    symlinkSync(join(SLUICE, '../../../../node_modules'), join(home, 'site/node_modules'));
    for (const name of ['app.mjs', 'fastcgi.mjs', 'cgi.mjs'])
      writeFileSync(join(home, 'site', name), text(name));
    writeFileSync(join(home, 'site/documented.mjs'), text('app.mjs'));
    writeFileSync(join(home, 'site/app.mjs'), MORE);
    for (const kind of ['fcgi', 'cgi'] as const) publish(at(kind), kind);
    // Each command of the document, where its files are: they have to be there.
    for (const line of text('permissions').trim().split('\n')) {
      const local = line
        .replace('public_html/app.fcgi', 'public_html/fcgi/app.fcgi')
        .replace('public_html/app.cgi', 'public_html/cgi/app.cgi');
      execFileSync('/bin/sh', ['-c', local]);
    }
    const { uid, gid } = account();
    chownSync(join(home, 'site/app.log'), uid, gid);
    server = await startApache(cleanup, 'apache-shared-hosting.conf', {
      DOCUMENTS: join(home, 'public_html'),
    });
  });

  const ask = (path: string, sent?: Sent) => exchange(server.origin, path, sent);

  describe.each(['fcgi', 'cgi'] as const)('%s', (kind) => {
    it('a file is answered by Apache', async () => {
      const { text, headers } = await ask(`/${kind}/style.css`);
      expect([text, headers['x-powered-by']]).toEqual(['body {}\n', undefined]);
    });

    it('nobody gets the launcher, or .htaccess', async () => {
      const { text } = await ask(`/${kind}/app.${kind}`);
      expect(text).not.toContain('import(');
    });
  });

  describe.each(['fcgi', 'cgi'] as const)('%s, for a whole site', (kind) => {
    beforeAll(() => {
      publish(join(home, 'public_html'), kind);
      return () => {
        for (const file of ['.htaccess', `app.${kind}`]) rmSync(at(file));
      };
    });

    it('its routes', async () => {
      expect((await ask('/')).text).toBe('It works.\n');
      expect((await ask('/hello/Zo%C3%AB')).text).toBe('Hello, Zo\u00eb\n');
      expect((await ask('/nothing')).status).toBe(404);
    });

    it('URL, query, Authorization and address of a request', async () => {
      const headers = { Authorization: 'Bearer x' };
      const { text } = await ask('/seen?a=%20b&c=1', { headers });
      expect(JSON.parse(text)).toEqual({
        url: '/seen?a=%20b&c=1',
        query: { a: ' b', c: '1' },
        authorization: 'Bearer x',
        ip: '127.0.0.1',
        user: account().uid,
        pid: expect.any(Number),
      });
    });

    it('an upload', async () => {
      const { text } = await ask('/upload', { method: 'POST', body: Buffer.alloc(100_000) });
      expect(JSON.parse(text)).toEqual({ length: 100_000 });
    });

    it('a stack of the application is in the log of Apache', async () => {
      expect((await ask('/fail')).status).toBe(500);
      await until('the stack is there', () => server.log().includes(`at fault by ${kind}`));
    });

    it('a large upload', async () => {
      const { status, text } = await ask('/upload', {
        method: 'POST',
        body: Buffer.alloc(200_000),
      });
      if (kind === 'cgi') expect(JSON.parse(text)).toEqual({ length: 200_000 });
      else {
        expect(status).toBe(500);
        expect(server.log()).toContain('exceeds MaxRequestLen');
      }
    });
  });

  describe('when it does not work', () => {
    it.each(['fcgi', 'cgi'] as const)('by hand: app.%s', (kind) => {
      const command = text('by-hand').replace(
        'public_html/app.fcgi',
        `public_html/${kind}/app.${kind}`,
      );
      const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', command], {
        encoding: 'utf8',
      });
      expect([status, stderr.replace(/^warn: .* is missing, taken as .*\n/gm, '')]).toEqual([
        0,
        '',
      ]);
      expect(stdout).toMatch(/^Status: 200 OK\r\n[\s\S]*\r\n\r\nIt works\.\n$/);
    });

    const NO_START = 'End of script output before headers';

    interface Spoiled {
      readonly name: string;
      readonly spoil: (file: string, htaccess: string) => void;
      readonly status: number;
      /** What is logged where it is a CGI program. */
      readonly cgi: string;
      /** The same under mod_fcgid; undefined: not tried, since that takes seconds to notice. */
      readonly fcgi: string | undefined;
    }

    const SPOILED: readonly Spoiled[] = [
      {
        name: 'AllowOverride',
        spoil: (_file, htaccess) => appendFileSync(htaccess, 'Options +Includes\n'),
        status: 500,
        cgi: 'not allowed here',
        fcgi: 'not allowed here',
      },
      {
        name: 'mode',
        spoil: (file) => chmodSync(file, 0o644),
        status: 500,
        cgi: 'Permission denied',
        fcgi: undefined,
      },
      {
        name: 'line ends',
        spoil: (file) => change(file, '\n', '\r\n'),
        status: 500,
        cgi: 'No such file or directory',
        fcgi: NO_START,
      },
      {
        name: 'path of a module',
        spoil: (file) => change(file, '/site/', '/sight/'),
        status: 500,
        cgi: 'ERR_MODULE_NOT_FOUND',
        fcgi: 'ERR_MODULE_NOT_FOUND',
      },
      {
        name: 'ExecCGI',
        spoil: (_file, htaccess) => change(htaccess, 'Options +ExecCGI\n', ''),
        status: 403,
        cgi: 'ExecCGI',
        fcgi: 'ExecCGI',
      },
      {
        name: 'handler',
        spoil: (_file, htaccess) => change(htaccess, 'AddHandler', '#'),
        status: 404,
        cgi: '',
        fcgi: '',
      },
    ];

    it.each(
      (['cgi', 'fcgi'] as const).flatMap((kind) =>
        SPOILED.flatMap((one) => {
          const said = one[kind];
          return said === undefined ? [] : [[kind, one.name, one, said] as const];
        }),
      ),
    )('%s: %s', async (kind, name, { spoil, status }, said) => {
      const path = `/spoiled-${kind}-${name.replaceAll(' ', '-')}`;
      publish(at(path), kind);
      spoil(join(at(path), `app.${kind}`), join(at(path), '.htaccess'));
      const before = server.log().length;
      const answer = await ask(`${path}/`);
      expect([answer.status, answer.headers['x-powered-by']]).toEqual([status, undefined]);
      await until('it is logged', () => server.log().slice(before).includes(said));
      if (status === 404) expect((await ask(`${path}/app.${kind}`)).text).toContain('import(');
      else expect(rowsOf(table, 'Status').flat().join()).toContain(said === NO_START ? '' : said);
    });

    it('the table has nothing else', () => {
      const tested = [...SPOILED.map(({ cgi }) => cgi), 'exceeds MaxRequestLen'];
      const told = rowsOf(table, 'Status').map(([, log]) => log);
      const own = ['a stack', 'nothing'];
      expect(
        told.filter((log) => !tested.includes(log as string) && !own.includes(log as string)),
      ).toEqual([]);
    });
  });

  it('a changed application runs as soon as the file is another one', async () => {
    publish(at('changed'), 'fcgi');
    const pid = async () => JSON.parse((await ask('/changed/seen')).text).pid;
    change(at('changed/app.fcgi'), 'fastcgi.mjs', 'stripped.mjs');
    writeFileSync(
      join(home, 'site/stripped.mjs'),
      text('fastcgi.mjs').replace('nodeHandler(app)', stripped as string),
    );
    const first = await pid();
    expect(await pid()).toBe(first);
    const command = text('renew').replaceAll('public_html/app', 'public_html/changed/app');
    execFileSync('/bin/sh', ['-c', command]);
    expect(await pid()).not.toBe(first);
  });

  it('in a folder, with its prefix taken off', async () => {
    publish(at('shop'), 'cgi');
    change(at('shop/app.cgi'), 'cgi.mjs', 'shop.mjs');
    writeFileSync(
      join(home, 'site/shop.mjs'),
      text('cgi.mjs').replace('nodeHandler(app)', stripped as string),
    );
    expect((await ask('/shop/hello/Ann')).text).toBe('Hello, Ann\n');
  });
});
