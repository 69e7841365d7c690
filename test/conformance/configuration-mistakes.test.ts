// What is wrong with a configuration is told with file and line, by sluice serve and sluice check alike; sluice config.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sluice } from './support/command.ts';
import { scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';

interface Files {
  readonly [name: string]: string;
}

/** Runs a command in a folder of these files, to its end. */
async function run(words: readonly string[], files: Files, env: NodeJS.ProcessEnv = {}) {
  const folder = scratch();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'there'));
  const program = sluice(words, { cwd: folder, env: { ...process.env, ...env } });
  const { code } = await program.ended(20_000);
  return {
    code,
    folder,
    stdout: program.stdout,
    stderr: program.stderr.replaceAll(`${folder}/`, ''),
  };
}

const ini = (...lines: string[]) => ({ 'site.ini': [...lines, ''].join('\n') });
const server = (...lines: string[]) =>
  ini('[server:main]', ...lines, '[app:main]', `use = ${app('worker.js')}`);
const SCGI = ['use = egg:sluice#scgi_fork', 'socket = s'];

/** A file, and what is said of it: its place, the mistake and the remedy. */
const MISTAKES: readonly [files: Files, message: RegExp][] = [
  [
    server(...SCGI, 'maxchildern = 3'),
    /site\.ini:4: there is no option maxchildern; did you mean maxChildren\?/,
  ],
  [
    server(...SCGI, 'workers = two'),
    /site\.ini:4: option workers cannot be "two": it has to be a whole number from 1 up/,
  ],
  [
    server(...SCGI, 'umask = 0089'),
    /site\.ini:4: option umask cannot be "0089": it has to be an octal number/,
  ],
  [
    server(...SCGI, 'daemonize = maybe'),
    /site\.ini:4: option daemonize cannot be "maybe": it has to be one of true, yes/,
  ],
  [
    server('use = egg:sluice#scig_fork'),
    /site\.ini:2: there is no server scig_fork; did you mean scgi_fork\?/,
  ],
  [
    server('use = egg:sluice#scgi_single', 'socket = s', 'maxRequests = 5'),
    /site\.ini:4: option maxRequests needs concurrency fork or thread/,
  ],
  [
    server(...SCGI, 'minSpare = 9', 'maxSpare = 2'),
    /site\.ini:4: minSpare \(9\) is above maxSpare \(2\)/,
  ],
  [server(...SCGI, 'outlog = x'), /site\.ini:4: options outlog and errlog need daemonize/],
  [
    server(...SCGI, 'workers = 1', 'workers = 2'),
    /site\.ini:5: workers is there already in \[server:main\], line 4/,
  ],
  [
    ini('[server:main]', ...SCGI, 'application = nope', '[app:main]'),
    /site\.ini:4: there is no section \[app:nope\]; there are main/,
  ],
  [
    ini('[sever:main]'),
    /site\.ini:1: \[sever:main\] is no section that is known here; did you mean server\?/,
  ],
  [ini('[server:main]', 'nonsense'), /site\.ini:2: this is neither a section/],
  [ini('[server:main]', ...SCGI), /application (?:of server main )?is missing/],
];

/** The same where it takes more than reading: loading, and looking. */
const DEEPER: readonly [files: Files, message: RegExp][] = [
  [
    ini('[server:main]', ...SCGI, '[app:main]', 'use = ./missing.js'),
    /site\.ini:5: there is no file missing\.js/,
  ],
  [
    ini('[server:main]', ...SCGI, '[app:main]', 'use = ./a.js', 'x = 1'),
    /site\.ini:6: x is not known here/,
  ],
  [
    ini('[server:main]', ...SCGI, '[pipeline:main]', 'pipeline = gzpi demo', '[filter:gzip]'),
    /site\.ini:5: there is no section \[filter:gzpi\]; did you mean gzip\?/,
  ],
  [server(...SCGI, 'stats = ftp://127.0.0.1:1'), /ftp/],
  [server(...SCGI, 'accessLog = nowhere/x.log'), /nowhere/],
  [server(...SCGI, 'user = nobody-at-all'), /nobody-at-all/],
  [
    server('use = egg:sluice#ajp', 'host = 127.0.0.1', 'port = 0', 'peer = nobody'),
    /peer is apache or lighttpd, not nobody/,
  ],
  [
    server('listen = http://127.0.0.1:0?alow=1'),
    /there is no option alow here; did you mean allow\?/,
  ],
];

describe.each(['serve', 'check'])('sluice %s', (command) => {
  it.each(command === 'check' ? [...MISTAKES, ...DEEPER] : MISTAKES)(
    '%j',
    async (files, message) => {
      const { code, stderr, stdout, folder } = await run([command, '--config', 'site.ini'], files);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/^ +at /m);
      expect([code, stdout]).toEqual([2, '']);
      expect(existsSync(join(folder, 's'))).toBe(false);
    },
  );
});

describe('sluice serve', () => {
  it.each<[words: string[], files: Files, message: RegExp]>([
    [
      [],
      ini('[server:a]', '[server:b]'),
      /site\.ini has servers a, b, and none is called main: choose one by --server/,
    ],
    [
      ['--server', 'mian'],
      server(...SCGI),
      /flag --server: there is no server mian in site\.ini; did you mean main\?/,
    ],
    [
      ['--server', 'x', '--config', 'none'],
      {},
      /flag --server: there is no configuration file that has a server x/,
    ],
    [['--config', 'other.ini'], {}, /flag --config: there is no configuration file other\.ini/],
    [['--config', 'there'], {}, /there: a configuration file ends in \.ini/],
    [['--config', 'c.json'], { 'c.json': '{\n "workers": 1,\n}' }, /c\.json:3: this is no JSON/],
    [
      ['--config', 'c.mjs'],
      { 'c.mjs': 'export default {\n workers: 0 }' },
      /c\.mjs:2: option workers cannot be 0/,
    ],
    [
      ['--config', 'c.mjs'],
      { 'c.mjs': 'export default {' },
      /c\.mjs cannot be imported: \nfile:.*c\.mjs:1\n[\s\S]*SyntaxError/,
    ],
  ])('%j %j', async (words, files, message) => {
    const config = words.includes('--config') ? [] : ['--config', 'site.ini'];
    const { code, stderr } = await run(['serve', ...config, ...words], files);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('two configuration files in the working directory are one too many', async () => {
    const files = { 'sluice.config.json': '{}', 'sluice.config.mjs': 'export default {}' };
    const { code, stderr } = await run(['serve', 'demo'], files);
    expect(stderr).toMatch(/both sluice\.config\.mjs and sluice\.config\.json/);
    expect(code).toBe(2);
    const { stderr: other } = await run(
      ['serve', 'demo', '--config', 'none', '--listen', 'x'],
      files,
    );
    expect(other).toMatch(/"x" is not an address/);
  });

  it('a variable of the environment is named', async () => {
    const { code, stderr } = await run(['serve', 'demo'], {}, { SLUICE_WORKERS: 'many' });
    expect(stderr).toMatch(
      /option workers \(environment variable SLUICE_WORKERS\) cannot be "many"/,
    );
    expect(code).toBe(2);
  });
});

describe('sluice check', () => {
  it('tells every mistake of every server, in the order of the file, and each only once', async () => {
    const files = ini(
      ...[
        '[server:main]',
        ...SCGI,
        'x = 1',
        'workers = 0',
        'pidfile = nowhere/a',
        'accessLogFormat = %%q',
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
      expect.stringMatching(/http\+unix:nowhere\/s: there is no directory nowhere/),
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
