// sluice check tells everything that is wrong, and sluice config what comes of flags, environment and file.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ini, run, SCGI, server } from './support/configuration.ts';
import { app } from './support/start-server.ts';

describe('sluice check', () => {
  it('tells every mistake of every server, each only once', async () => {
    const files = ini(
      ...[
        '[server:main]',
        ...SCGI,
        'x = 1',
        'workers = 0',
        'pidfile = nowhere/a',
        'accessLogFormat = %%Z',
      ],
      ...['[server:other]', 'use = main', 'port = http', 'control = there'],
      ...['[composite:main]', '/a = ./missing.js', '/b = nope'],
    );
    const { code, stderr } = await run(['check', '--config', 'site.ini'], files);
    const lines = [...stderr.matchAll(/^sluice check: site\.ini:(\d+): /gm)].map(([, line]) =>
      Number(line),
    );
    expect(lines).toEqual([4, 5, 7, 6, 10, 11, 13, 14]);
    expect(stderr).toMatch(/^8 mistakes$/m);
    expect(code).toBe(2);
  });

  it('binds and writes nothing, and nothing of the application stays', async () => {
    const files = {
      ...ini(
        '[server:main]',
        ...SCGI,
        'accessLog = a.log',
        'pidfile = p',
        'control = c',
        '[app:main]',
        'use = ./app.mjs',
      ),
      'app.mjs': 'setInterval(() => {}, 1e6); console.log("imported"); export default () => [];',
    };
    const { code, stdout, stderr, folder } = await run(['check', '--config', 'site.ini'], files);
    expect([code, stderr]).toEqual([0, 'imported\n']); // what applications print is no answer of ours
    expect(stdout).toMatch(
      /^server main: nothing is wrong; config:.*site\.ini#main would be served at scgi\+unix:.*\/s\n$/,
    );
    for (const name of ['s', 'a.log', 'p', 'c']) expect(existsSync(join(folder, name))).toBe(false);
  });

  it.each([
    ['process.exit(0)', /app\.mjs: importing it ends the process \(status 0\)/],
    [
      'process.kill(process.pid, "SIGTERM"); await new Promise(() => {})',
      /importing it ends the process \(SIGTERM\)/,
    ],
    ['throw new Error("no database")', /app\.mjs cannot be imported: Error: no database/],
    ['await 0; export const x = 1;', /app\.mjs exports no application/],
  ])('an application that says %j', async (text, message) => {
    const { code, stderr } = await run(['check', 'app.mjs', '--listen', 'http://127.0.0.1:0'], {
      'app.mjs': text,
    });
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('needs no configuration file', async () => {
    const good = await run(['check', app('worker.js'), '--listen', 'scgi+systemd:x'], {});
    expect([good.code, good.stderr]).toEqual([0, '']);
    const bad = await run(
      [
        'check',
        app('worker.js'),
        '--listen',
        'http://192.0.2.1:80',
        '--listen',
        'http+unix:nowhere/s',
        '--listen',
        'scgi://127.0.0.1:80',
        '--listen',
        'http://127.0.0.1:80',
      ],
      {},
    );
    expect(bad.stderr.split('\n').slice(0, -1)).toEqual([
      expect.stringMatching(
        /^sluice check: flag --listen: http:\/\/192\.0\.2\.1:80: this machine has no such address/,
      ),
      expect.stringMatching(/http\+unix:nowhere\/s: .*there is no directory nowhere/),
      expect.stringMatching(/127\.0\.0\.1:80/),
      '3 mistakes',
    ]);
  });
});

describe('sluice config', () => {
  const files = server(
    'use = egg:sluice#ajp_fork',
    'host = 127.0.0.1',
    'secret = open-sesame',
    'workers = 2',
    'debug = on',
    'maxAge = 5',
  );
  const env = { SLUICE_WORKERS: '3', SLUICE_DEBUG: 'off' };
  const words = ['config', '--config', 'site.ini', '--workers', '4'];

  it('shows each option and where it comes from, without secrets', async () => {
    const { code, stdout, stderr } = await run(words, files, env);
    expect([code, stderr]).toEqual([0, '']);
    const rows = Object.fromEntries(
      stdout
        .split('\n')
        .map((line) => line.split(/ {2,}/))
        .map(([name, ...rest]) => [name, rest]),
    );
    expect(rows).toMatchObject({
      workers: ['4', 'flag --workers'],
      debug: ['false', 'environment variable SLUICE_DEBUG'],
      maxAge: ['5', 'site.ini:7'],
      concurrency: ['fork', 'site.ini:2'],
      listen: ['ajp://127.0.0.1?secret=***', 'site.ini:3'],
      umask: ['0o117', 'default'],
    });
    expect(stdout).not.toContain('open-sesame');
  });

  it('as JSON', async () => {
    const { stdout, folder } = await run([...words, '--format', 'json'], files, env);
    expect(JSON.parse(stdout)).toMatchObject({
      file: `${folder}/site.ini`,
      server: 'main',
      application: { name: `config:${folder}/site.ini#main`, origin: 'site.ini:8' },
      options: {
        workers: { value: 4, origin: 'flag --workers' },
        maxAge: { value: 5, origin: 'site.ini:7' },
      },
    });
    expect(stdout).not.toContain('open-sesame');
  });
});
