// Every mistake on the command line is told: what was wrong, and what would be right.
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sluice } from './support/command.ts';
import { scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';

const APP = app('worker.js');
const listen = (url: string) => ['serve', APP, '--listen', url];
const option = (...words: string[]) => ['serve', APP, '--listen', 'http://127.0.0.1:0', ...words];
const application = (name: string) => ['serve', name, '--listen', 'http://127.0.0.1:0'];

/** What is typed, and what the complaint has to name: the mistake, then the remedy. */
const MISTAKES: readonly [words: string[], wrong: RegExp, right: RegExp][] = [
  [['sevre', APP], /sevre/, /serve/],
  [['Serve', APP], /Serve/, /serve/],
  [['--version'], /--version/, /serve/],
  [['serve'], /application is missing/, /sluice serve \[APP\]/],
  [['serve', APP, APP], /one application is enough/, /worker\.js/],
  // Options.
  [option('--lisen', 'x'), /--lisen/, /listen/],
  [option('--concurency', 'fork'), /--concurency/, /concurrency/],
  [option('--nonsense'), /--nonsense/, /listen.*concurrency/],
  [option('-x'), /-x/, /listen/],
  [option('--concurrency', 'threads'), /concurrency.*threads/, /single, fork, thread/],
  [option('--concurrency', ''), /concurrency/, /single, fork, thread/],
  [option('--concurrency'), /concurrency needs a value/, /--concurrency MODEL/],
  [option('--workers', '0'), /workers.*0/, /whole number/],
  [option('--workers', 'two'), /workers.*two/, /whole number/],
  [option('--workers', '1.5'), /workers.*1\.5/, /whole number/],
  [option('--workers', '1e3'), /workers.*1e3/, /whole number/],
  [option('--workers=-1'), /workers.*-1/, /whole number/],
  [option('--workers', ''), /workers/, /whole number/],
  [option('--workers'), /workers needs a value/, /--workers N/],
  [option('--umask', '999'), /umask.*999/, /octal/],
  [option('--umask', '0x12'), /umask.*0x12/, /octal/],
  [option('--max-body-bytes', '1k'), /max-body-bytes.*1k|maxBodyBytes.*1k/, /whole number/],
  [option('--shutdown-timeout', 'soon'), /soon/, /whole number/],
  [option('--debug=yes'), /debug/, /takes no value/],
  [option('--allow', 'localhost'), /localhost/, /192\.0\.2\.0\/24/],
  [option('--trust', '127.0.0.1/99'), /127\.0\.0\.1\/99/, /192\.0\.2\.0\/24/],
  [option('--limits', '1'), /--limits/, /calls of the library/], // not on the command line
  [option('--port', '80'), /--port/, /did you mean listen/],
  // Addresses.
  [listen(''), /""/, /http:\/\/127\.0\.0\.1:8000/],
  [listen('8000'), /8000/, /http:\/\/127\.0\.0\.1:8000/],
  [listen('127.0.0.1:8000'), /127\.0\.0\.1:8000/, /http:\/\/127\.0\.0\.1:8000/],
  [listen('gopher://127.0.0.1:70'), /gopher/, /http, scgi|scgi/],
  [listen('sgci://127.0.0.1:4000'), /sgci/, /did you mean scgi/],
  [listen('http:127.0.0.1:80'), /http:127/, /http:\/\/127\.0\.0\.1:8000/],
  [listen('http://127.0.0.1:99999'), /99999/, /65535/],
  [listen('http://127.0.0.1:port'), /port/, /\/\/host:port/],
  [listen('http://127.0.0.1:0/path'), /path/, /\/\/host:port/],
  [listen('scgi:/run/app.sock'), /scgi:\/run\/app\.sock/, /scgi\+unix:\/run\/app\.sock/],
  [listen('scgi+tcp:127.0.0.1:4000'), /\+tcp/, /\+unix/],
  [listen('scgi+unix:'), /path is missing/, /scgi\+unix:\/run\/app\.sock/],
  [listen('scgi+fd:x'), /descriptor is a number/, /scgi\+fd:0/],
  [listen('cgi:/srv/cgi-bin/'), /cgi/, /sluice cgi/],
  [listen('http://nowhere.invalid:0'), /nowhere\.invalid/, /not known/],
  [listen('http://192.0.2.1:0'), /192\.0\.2\.1/, /no such address/],
  [listen('http://127.0.0.1:0?alow=127.0.0.1'), /alow/, /allow/],
  [listen('scgi+unix:/tmp/x?mode=999'), /mode/, /octal/],
  [listen('http://0.0.0.0:0').concat('--debug'), /debug/, /127\.0\.0\.1/],
  [listen('scgi+stdio:').concat('--listen', 'http://127.0.0.1:0'), /scgi\+stdio:/, /beside/],
  [listen('scgi+fd:0'), /fd:0|descriptor 0/, /socket/],
  [listen('scgi+fd:77'), /fd:77|descriptor 77/, /open|socket/],
  // Applications.
  [application('missing.js'), /missing\.js/, /app\.js:name/],
  [application('missing.js:app'), /missing\.js/, /app\.js:name/],
  [application(app('')), /conformance/, /module|app\.js/],
  [application(app('no-application.js')), /answer, rooms/, /default, application, app/],
  [application(`${APP}:nope`), /nope/, /found default/],
  [application('scgi://127.0.0.1:99999'), /99999/, /65535/],
  [application('sgci://127.0.0.1:4000'), /sgci/, /did you mean scgi/],
  [application('scgi+stdio:'), /scgi\+stdio:/, /host:port/],
];

describe('sluice', () => {
  it.each(MISTAKES)('%j', async (words, wrong, right) => {
    const program = sluice(words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const { code, signal } = await program.ended();
    expect(program.stdout).toBe('');
    expect(program.stderr).toMatch(/^sluice(?: \w+)?: /m);
    expect(program.stderr).toMatch(wrong);
    expect(program.stderr).toMatch(right);
    expect(program.stderr).not.toMatch(/^ +at /m);
    expect({ code, signal }).toEqual({ code: 2, signal: null });
  });

  it.each(['single', 'fork', 'thread'])('a port in use is named: %s', async (model) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const program = sluice([...listen(`http://127.0.0.1:${port}`), '--concurrency', model]);
    expect(await program.ended()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(
      new RegExp(`^sluice serve: .*127\\.0\\.0\\.1:${port}; .*another`),
    );
  });

  it.each(['single', 'fork', 'thread'])('the same port twice is named: %s', async (model) => {
    const other = createServer(); // finds a port that is free
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await new Promise((resolve) => other.close(resolve));
    const url = `//127.0.0.1:${port}`;
    const words = [...listen(`http:${url}`), '--listen', `scgi:${url}`, '--concurrency', model];
    const program = sluice(words);
    expect(await program.ended()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(new RegExp(`^sluice serve: .*127\\.0\\.0\\.1:${port}`, 'm'));
    expect(program.stderr).not.toMatch(/^ +at /m);
  });

  it('a module that cannot be read as JavaScript is named, with what Node says', async () => {
    const file = join(scratch(), 'broken.mjs');
    writeFileSync(file, 'export default {\n');
    const program = sluice(application(file));
    expect(await program.ended()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(
      /^sluice serve: .*broken\.mjs cannot be imported: \nfile:.*broken\.mjs:\d+\n[\s\S]*SyntaxError/,
    );
  });

  it('a module that is not found by another is named, with who wants it', async () => {
    const directory = join(scratch(), 'a');
    mkdirSync(directory);
    const file = join(directory, 'app.mjs');
    writeFileSync(file, "import 'not-installed';\n");
    const program = sluice(application(file));
    expect(await program.ended()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toContain('not-installed');
    expect(program.stderr).toContain('app.mjs');
  });

  it.each([
    [['--help']],
    [['help']],
    [['-h']],
    [['serve', '--help']],
    [['serve', '-h']],
    [['cgi', '--help']],
  ])('%j says how, on the standard output, and exits with 0', async (words) => {
    const program = sluice(words);
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    expect(program.stdout).toMatch(/^Usage: sluice/);
    expect(program.stderr).toBe('');
  });

  it('without a word it says how, and exits with 2', async () => {
    const program = sluice([]);
    expect((await program.ended()).code).toBe(2);
    expect(program.stdout + program.stderr).toMatch(/^Usage: sluice/);
  });

  it('the help names every option, choice and exit status', async () => {
    const program = sluice(['serve', '--help']);
    await program.ended();
    for (const word of [
      'listen',
      'concurrency',
      'workers',
      'script-name',
      'debug',
      'allow',
      'trust',
    ])
      expect(program.stdout).toContain(`--${word}`);
    for (const word of ['umask', 'max-body-bytes', 'shutdown-timeout'])
      expect(program.stdout).toContain(`--${word}`);
    expect(program.stdout).toContain('single, fork, thread');
    expect(program.stdout).toMatch(/Exit status:.*0.*1.*2.*3/);
  });
});
