// Every mistake in the words of `sluice request` is told before anything is sent, and its help and document are complete.
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sluice } from './support/command.ts';
import { isAlive } from './support/processes.ts';
import { peerThat, request } from './support/request-command.ts';
import { scratch } from './support/scratch.ts';
import { until } from './support/until.ts';

/** What is typed behind an address, and what the complaint has to name: the mistake, then the remedy. */
const MISTAKES: readonly [words: string[], wrong: RegExp, right: RegExp][] = [
  [['/a', '/b'], /\/b is too many/, /one path/],
  [['a'], /not a$/m, /\/a/],
  [['--verbos'], /--verbos/, /did you mean verbose/],
  [['-x'], /-x/, /method/],
  [['--verbose=yes'], /--verbose/, /takes no value/],
  [['-X'], /-X needs a value/, /--method=METHOD/],
  [['-X', 'A B'], /"A B"/, /no method/],
  [['-H', 'X-A'], /"X-A"/, /'Name: value'/],
  [['-H', 'X_A: b'], /"X_A"/, /--variable/],
  [['-H', 'Proxy: b'], /"Proxy"/, /kept back/],
  [['-H', 'X-A: b\r\nX-B: c'], /X-A/, /line end/],
  [['--variable', 'REMOTE_USER'], /REMOTE_USER/, /NAME=VALUE/],
  [['--variable', 'a=b'], /"a"/, /capital letters/],
  [['--variable', 'HTTP_PROXY=x'], /HTTP_PROXY/, /no back-end passes/],
  [['--variable', 'REQUEST_METHOD='], /""/, /no method/],
  [['--variable', 'CONTENT_LENGTH=x'], /"x"/, /digits/],
  [['-d', 'abc', '--variable', 'CONTENT_LENGTH=2'], /CONTENT_LENGTH is 2/, /3 bytes/],
  [['-d', 'a', '-d', 'b'], /--data/, /one/],
  [['-d', '@/nowhere/file'], /\/nowhere\/file/, /ENOENT/],
  [['-d', '@/'], /the body \//, /directory/],
  [['-o', '/nowhere/file'], /\/nowhere\/file/, /ENOENT/],
  [['--script-name', 'a'], /--script-name/, /\/a/],
  [['/b', '--script-name', '/a'], /\/b is not below/, /whole path/],
  [['/ab', '--script-name', '/a'], /\/ab is not below/, /whole path/],
  [['--max-time', 'soon'], /soon/, /seconds/],
  [['--max-time', '0'], /not 0/, /seconds/],
  [['--ping', '/a'], /no path/, /--ping/],
  [['--ping', '-d', 'x'], /no request/, /--data/],
];

/** Addresses that are none. */
const ADDRESSES: readonly [words: string[], wrong: RegExp, right: RegExp][] = [
  [[], /address of the server is missing/, /fastcgi:\/\/127/],
  [['127.0.0.1:9000'], /127\.0\.0\.1:9000/, /http:\/\/127/],
  [['fastgci://127.0.0.1:9000'], /fastgci/, /did you mean fastcgi/],
  [['scgi+stdio:'], /scgi\+stdio:/, /host:port/],
  [
    ['http://127.0.0.1:1/a?q=hush'],
    /the path is a word of its own/,
    /http:\/\/127.0.0.1:1 '\/a\?…'/,
  ],
  [['ajp://127.0.0.1:1?sceret=hush'], /sceret/, /did you mean secret/],
  [['fastcgi://127.0.0.1:1?root=www'], /www/, /whole path/],
];

describe('sluice request', () => {
  it.each(MISTAKES)('%j', async (words, wrong, right) => {
    let isAsked = false;
    const address = await peerThat((socket) => {
      isAsked = true;
      socket.destroy();
    });
    const { code, stdout, stderr } = await request([`fastcgi${address}`, ...words]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^sluice request: /);
    expect(stderr).toMatch(wrong);
    expect(stderr).toMatch(right);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(isAsked).toBe(false);
  });

  it.each(ADDRESSES)('%j', async (words, wrong, right) => {
    const { code, stdout, stderr } = await request(words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(wrong);
    expect(stderr).toMatch(right);
    expect(stderr).not.toContain('hush');
  });

  it('what a protocol cannot carry is told as a mistake', async () => {
    const long = 'x'.repeat(70_000);
    const { code, stderr } = await request([
      `uwsgi${await peerThat(() => {})}`,
      '-H',
      `X: ${long}`,
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^sluice request: this cannot be sent: .*65535\n$/);
  });

  it('ends with a signal, and with it the script that it started', async () => {
    const folder = scratch();
    const script = `${folder}/slow.sh`;
    writeFileSync(script, `#!/bin/sh\ntrap '' TERM\necho $$ > '${folder}/pid'\nsleep 60\n`);
    chmodSync(script, 0o755);
    const program = sluice(['request', `cgi:${script}`]);
    await until('the script runs', () => existsSync(`${folder}/pid`));
    const pid = await until('its id', () => Number(readFileSync(`${folder}/pid`, 'utf8')) || false);
    program.signal('SIGINT');
    expect((await program.ended()).code).toBe(130);
    await until('the script is gone', () => !isAlive(pid));
  });
});

describe('what is written about it', () => {
  it('the help names everything', async () => {
    for (const word of ['--help', '-h']) {
      const { code, stdout, stderr } = await request([word]);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Usage: sluice request URL \[PATH\]/);
      expect(stdout).toContain('Exit status: 0 an answer below 400');
    }
    const all = sluice(['--help']);
    await all.ended();
    expect(all.stdout).toMatch(/^ {2}sluice request URL \[PATH\] /m);
  });

  it('docs/request.md has every option of the help, and no other', async () => {
    const { stdout } = await request(['--help']);
    const flags = [...stdout.matchAll(/^ {2}(?:-\w, | {4})(--[\w-]+)/gm)].map(([, flag]) => flag);
    const text = readFileSync(new URL('../../docs/request.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| (?:`-\w`, )?`(--[\w-]+)/gm)].map(([, flag]) => flag);
    expect(flags.length).toBeGreaterThan(8);
    expect(rows).toEqual(flags);
    for (const status of [0, 1, 2, 4, 5]) expect(text).toMatch(new RegExp(`^\\| ${status} `, 'm'));
  });
});
