// What is wrong with a configuration is told with file and line, by sluice serve and sluice check alike.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Files, ini, run, SCGI, server } from './support/configuration.ts';

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

const SINGLE = ['use = egg:sluice#scgi_single', 'socket = s'];

/** The same where it takes more than reading: loading, and looking. */
const DEEPER: readonly [files: Files, message: RegExp][] = [
  [
    ini('[server:main]', ...SINGLE, '[app:main]', 'use = ./missing.js'),
    /site\.ini:5: there is no file missing\.js/,
  ],
  [
    ini('[server:main]', ...SINGLE, '[app:main]', 'use = ./a.js', 'x = 1'),
    /site\.ini:6: x is not known here/,
  ],
  [
    ini('[server:main]', ...SINGLE, '[pipeline:main]', 'pipeline = gzpi demo', '[filter:gzip]'),
    /site\.ini:5: there is no section \[filter:gzpi\]; did you mean gzip\?/,
  ],
  [
    ini('[server:main]', ...SINGLE, '[composite:main]', 'use = egg:Paste#urlmpa'),
    /site\.ini:5: there is no composite egg:Paste#urlmpa; did you mean egg:sluice#urlmap\?/,
  ],
  [server(...SCGI, 'stats = ftp://127.0.0.1:1'), /site\.ini:4: .*there is no protocol ftp/],
  [server(...SCGI, 'accessLog = nowhere/x.log'), /site\.ini:4: option accessLog: .*nowhere/],
  [
    server(...SCGI, 'pidfile = nowhere/p', 'daemonize = yes'),
    /site\.ini:4: option pidfile: .*nowhere/,
  ],
  [server(...SCGI, 'workdir = nowhere'), /site\.ini:4: option workdir: .*nowhere/],
  [server(...SCGI, 'user = nobody-at-all'), /site\.ini:4: .*nobody-at-all/],
  [
    server('use = egg:sluice#ajp', 'host = 127.0.0.1', 'port = 0', 'peer = nobody'),
    /site\.ini:5: peer is apache or lighttpd, not nobody/,
  ],
  [server('use = egg:sluice#scgi', 'workers = 1', 'socket = nowhere/s'), /site\.ini:4: .*nowhere/],
  [server('listen = htp://127.0.0.1:0'), /site\.ini:2: .*there is no protocol htp/],
  [
    server('listen = http://127.0.0.1:0?alow=1'),
    /site\.ini:2: .*there is no option alow here; did you mean allow\?/,
  ],
  [
    {
      'site.ini': '',
      'c.mjs': `export default {\n listen: ['http://127.0.0.1:0'],\n limits: { haed: 1 } }`,
    },
    /c\.mjs:3: option limits: there is no limit haed; did you mean head\?/,
  ],
  [
    {
      'site.ini': '',
      'c.mjs': `export default {\n listen: ['http://127.0.0.1:0'],\n application: './no.js' }`,
    },
    /c\.mjs:3: there is no file no\.js/,
  ],
];

describe.each(['serve', 'check'])('sluice %s', (command) => {
  it.each([...MISTAKES, ...DEEPER])('%j', async (files, message) => {
    const config = 'c.mjs' in files ? 'c.mjs' : 'site.ini';
    const { code, stderr, stdout, folder } = await run([command, '--config', config], files);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect([code, stdout]).toEqual([2, '']);
    expect(existsSync(join(folder, 's'))).toBe(false);
  });
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

  it('workers cannot start without the application: a mistake has its place, and a failure is one', async () => {
    const lines = "listen: ['http://127.0.0.1:0'], concurrency: 'fork', workers: 1";
    const serve = (application: string) =>
      run(['serve', '--config', 'c.mjs'], {
        'a.mjs': application,
        'c.mjs': `export default {\n${lines},\napplication: './a.mjs' }`,
      });
    const [mistake, failure] = await Promise.all([
      serve('export const x = 1;'),
      serve('throw new Error("no database");'),
    ]);
    expect(mistake.stderr).toMatch(/^sluice serve: c\.mjs:3: .*a\.mjs exports no application/m);
    expect(mistake.code).toBe(2);
    expect(failure.stderr).toMatch(/^sluice serve: .*: c\.mjs:3: .*Error: no database/m);
    expect(failure.code).toBe(3);
  });

  it('a variable of the environment is named', async () => {
    const { code, stderr } = await run(['serve', 'demo'], {}, { SLUICE_WORKERS: 'many' });
    expect(stderr).toMatch(
      /option workers \(environment variable SLUICE_WORKERS\) cannot be "many"/,
    );
    expect(code).toBe(2);
  });
});
