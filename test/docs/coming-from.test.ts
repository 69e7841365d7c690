// docs/coming-from.md: every option of the others is there, every option of ours is declared, and the scripts do what theirs did.
import { spawn } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { PROTOCOLS, type ServeOptions } from 'sluice';
import { afterEach, describe, expect, it } from 'vitest';
import type { optionsOf as OptionsOf } from '../../packages/sluice/src/options/option.ts';
import { listeningPort } from '../conformance/support/listening.ts';
import { type Child, startChild } from '../support/child.ts';
import { Cleanup } from '../support/cleanup.ts';
import { inTime, until } from '../support/until.ts';
import { ask, bodyOf, scgiRequest, talk } from './ask.ts';
import { blocksOf, read, rowsOf, section } from './markdown.ts';
import { openWorkshop } from './workshop.ts';

const DOCUMENT = 'docs/coming-from.md';
const built = (file: string) =>
  import(new URL(`../../packages/sluice/dist/options/${file}.js`, import.meta.url).href);
const { optionsOf }: { optionsOf: typeof OptionsOf } = await built('option');
const { CommandOptions }: { CommandOptions: new () => ServeOptions } =
  await built('command-options');
const { FlupOptions }: { FlupOptions: new () => ServeOptions } = await built('flup-options');

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** What each of them has, by the heading of its table. */
const THEIRS: Readonly<Record<string, string>> = {
  flup: `application scriptName environ multithreaded multiprocess bindAddress umask allowedServers loggingLevel
    debug timeout minSpare maxSpare maxChildren maxThreads maxRequests sockTimeout multiplexed roles forceCGI
    FCGI_FORCE_CGI FCGI_WEB_SERVER_ADDRS WSGI_SCRIPT_NAME flup.server.scgi flup.server.fcgi flup.server.ajp
    flup.server.cgi scgi_fork fcgi_fork ajp_fork fcgi_single scgi_single FCGIApp SCGIApp paste.server_runner`,
  'The scgi package': `handler_class host port max_children serve() produce() produce_cgilike() handle_connection()
    session_server systemd_socket http_server cgi2scgi quixote_handler -m -p -u -P -l -F SCGIMount`,
  inetd_scgi: 'run_app(app) stderr',
  wsgiref: `make_server(host, port, app) server_class handler_class serve_forever() handle_request() shutdown()
    CGIHandler().run(app) IISCGIHandler BaseCGIHandler SimpleHandler demo_app validator Headers FileWrapper
    guess_scheme application_uri request_uri shift_path_info is_hop_by_hop setup_testing_defaults`,
  "Django's runfcgi": `protocol host port socket method=threaded method=prefork maxspare minspare maxchildren
    maxrequests daemonize pidfile workdir umask outlog errlog debug FORCE_SCRIPT_NAME`,
  uWSGI: `socket uwsgi-socket scgi-socket fastcgi-socket http-socket scgi-nph-socket fastcgi-nph-socket
    http11-socket https-socket suwsgi-socket puwsgi-socket raw-socket protocol --wsgi-file --pythonpath --plugin -L
    buffer-size max-vars modifier1 mount manage-script-name route-uri vhost cheap idle die-on-idle die-on-term`,
};

/** What stands in a cell in backticks. */
function words(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word as string);
}

/** The rows of a table as they are written: `rowsOf` takes backticks off. */
function rows(heading: string): string[][] {
  const lines = section(DOCUMENT, heading).split('\n');
  return lines
    .filter((line) => line.startsWith('| ') && !/^\| (?:There|-)/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** The column `Here` of a table. */
function hereIn(heading: string): number {
  const line = section(DOCUMENT, heading)
    .split('\n')
    .find((candidate) => candidate.startsWith('| There'));
  return (line as string)
    .slice(1, -1)
    .split('|')
    .findIndex((cell) => cell.trim() === 'Here');
}

describe.each(Object.entries(THEIRS))('%s', (heading, theirs) => {
  it('each of their words has its row', () => {
    const text = rows(heading)
      .map(([there]) => there)
      .join(' ');
    const missing = theirs.split(/\s+/).filter((word) => !text.includes(word));
    expect(missing).toEqual([]);
  });

  it('each row says what is here, or that nothing is', () => {
    const at = hereIn(heading);
    const silent = rows(heading).filter((row) => row[at] === '' && (row[at + 1] ?? '') === '');
    expect(silent).toEqual([]);
    for (const row of rows(heading)) {
      if (row[at] === '') expect(row[at + 1]).not.toBe('');
      if (/not here/.test(row[at + 1] ?? '')) expect(row[at + 1]).toMatch(/not here: \S/);
    }
  });
});

describe('our words', () => {
  const declared = [FlupOptions, CommandOptions].flatMap((each) => optionsOf(each as never));
  const names = new Set(declared.flatMap(({ name, aliases = [] }) => [name, ...aliases]));
  const flags = new Set(declared.map(({ flag }) => `--${flag}`));
  const OTHERS = ['handlerClass', 'host', 'port', 'serverPort', 'address', 'forceCGI'];

  it('that are options are declared', async () => {
    for (const { frontEnd } of Object.values(PROTOCOLS))
      for (const name of Object.keys((await frontEnd()).options ?? {})) names.add(name);
    const { demoApp, FileWrapper, Headers } = await import('sluice');
    const exported = { demoApp, FileWrapper, Headers };
    const ours = Object.keys(THEIRS).flatMap((heading) =>
      rows(heading).flatMap((row) => words(row[hereIn(heading)])),
    );
    const plain = ours.filter((word) => /^[A-Za-z]+$/.test(word));
    expect(plain.length).toBeGreaterThan(60); // the tables are read
    const unknown = plain.filter(
      (word) => !names.has(word) && !OTHERS.includes(word) && !Object.hasOwn(exported, word),
    );
    expect(unknown).toEqual([]);
  });

  it('that are flags are those of the command', () => {
    const own = read(DOCUMENT)
      .split('\n')
      .flatMap((line) =>
        words(line).filter((word) => /sluice (?:serve|cgi)|^--[a-z-]+$/.test(word)),
      )
      .flatMap((word) => word.match(/--[a-z][a-z-]*/g) ?? []);
    const theirs = new Set(
      Object.keys(THEIRS).flatMap((heading) =>
        rows(heading).flatMap(([there]) =>
          words(there).flatMap((word) => word.match(/--[a-z-]+/g) ?? []),
        ),
      ),
    );
    expect(own.length).toBeGreaterThan(5);
    expect(own.filter((flag) => !flags.has(flag) && !theirs.has(flag))).toEqual([]);
  });

  it('that are sub-paths and functions are there', async () => {
    const paths = new Set(read(DOCUMENT).match(/(?<!@)\bsluice\/[a-z-]+/g));
    const modules = await Promise.all(
      [...paths].map(async (path) => Object.keys(await import(/* @vite-ignore */ path))),
    );
    const exported = new Set([...modules.flat(), ...Object.keys(await import('sluice'))]);
    for (const name of Object.keys(await import('@sluice/gateway/testing'))) exported.add(name);
    const methods = [
      'serve',
      'produce',
      'produceCgilike',
      'serveForever',
      'handleRequest',
      'shutdown',
    ];
    const called = Object.keys(THEIRS).flatMap((heading) =>
      rows(heading)
        .flatMap((row) => words(row[hereIn(heading)]))
        .flatMap((word) => /^(?:new )?(\w+)\(/.exec(word)?.[1] ?? []),
    );
    expect(called.length).toBeGreaterThan(8);
    expect(called.filter((name) => !exported.has(name) && !methods.includes(name))).toEqual([]);
  });

  it('in docs/options.md are all that flup has', () => {
    const documented = rowsOf(section('docs/options.md', 'WSGIServer'), 'Option').map(
      ([name]) => name,
    );
    const shared = new Set(optionsOf(CommandOptions as never).map(({ name }) => name));
    const own = optionsOf(FlupOptions as never).map(({ name }) => name);
    const expected = [
      'protocol',
      ...own.filter((name) => !shared.has(name)),
      'allowedServers',
      'maxThreads',
    ];
    expect(documented).toEqual(expected);
  });
});

describe('the scripts', () => {
  const blocks = blocksOf(DOCUMENT);

  it('have no more lines than theirs', () => {
    const pairs = blocks.flatMap((block, at) =>
      block.language === 'python' ? [[block, blocks[at + 1]] as const] : [],
    );
    expect(pairs.map(([, ours]) => ours?.file)).toEqual([
      'scgi-blog.mjs',
      'handler.mjs',
      'inetd-app.mjs',
      'simple.mjs',
    ]);
    const count = (text = '') => text.trimEnd().split('\n').length;
    for (const [theirs, ours] of pairs)
      expect(count(ours?.text), ours?.file).toBeLessThanOrEqual(count(theirs.text));
  });

  /** Starts a script on any free port instead of its own. */
  async function start(file: string, port: number): Promise<{ child: Child; port: number }> {
    const workshop = await openWorkshop(cleanup, DOCUMENT);
    const { text = '' } = blocks.find((block) => block.file === file) ?? {};
    const own =
      port === 4000
        ? text.replace('{ handlerClass', '{ port: 0, handlerClass')
        : text.replace(String(port), '0');
    expect(own).not.toBe(text);
    workshop.write(file, own);
    const child = startChild(cleanup, process.execPath, [file], { cwd: workshop.folder });
    const found = await until(`${file} listens`, () => {
      if (child.exit) throw new Error(child.stderr);
      return listeningPort(child.pid);
    });
    return { child, port: found };
  }

  const answers = (url: string, path: string, asked = {}) =>
    until(`${url} answers`, () => ask(url, path, asked).catch(() => false as const));

  it('scgi-blog.mjs serves below /blog, and ends with 42 after HUP', async () => {
    const { child, port } = await start('scgi-blog.mjs', 8040);
    expect(await answers(`scgi://127.0.0.1:${port}`, '/blog/a')).toBe('GET /a\n');
    expect(await child.stop('SIGHUP')).toEqual({ code: 42, signal: null });
  });

  it('handler.mjs gives the body back', async () => {
    const { child, port } = await start('handler.mjs', 4000);
    expect(await answers(`scgi://127.0.0.1:${port}`, '/', { body: 'hello' })).toBe('hello');
    expect(await child.stop()).toEqual({ code: 0, signal: null });
  });

  it('simple.mjs shows the environ by HTTP', async () => {
    const { child, port } = await start('simple.mjs', 8000);
    expect(await answers(`http://127.0.0.1:${port}`, '/a')).toMatch(/^Hello world!\n/);
    expect(child.stdout).toMatch(/^Serving HTTP/);
    expect(await child.stop()).toEqual({ code: 0, signal: null });
  });

  it('inetd-app.mjs answers on the connection that it is started for', async () => {
    const { folder } = await openWorkshop(cleanup, DOCUMENT);
    const listener = createServer({ pauseOnConnect: true });
    cleanup.add(() => listener.close());
    const path = join(folder, 'inetd.sock');
    await new Promise<void>((resolve) => listener.listen(path, resolve));
    listener.once('connection', (socket: Socket) => {
      const words = [join(folder, 'inetd-app.mjs')];
      const child = spawn(process.execPath, words, { stdio: [socket, socket, socket] });
      child.on('exit', () => socket.destroy());
    });
    const answer = await inTime('an answer', talk(connect(path), scgiRequest('/')));
    expect(bodyOf(answer)).toBe('Hello world!\n');
  });
});
