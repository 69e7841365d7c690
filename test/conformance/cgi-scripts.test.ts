// CGI scripts: which one is run, with what in its environment, and what becomes of its output.
import { execFileSync } from 'node:child_process';
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { ask } from './support/calls.ts';
import { CgiBin } from './support/cgi-bin.ts';
import { httpRequest, httpResponses } from './support/http.ts';
import { exchange } from './support/peer.ts';
import { serverForTest } from './support/start-server.ts';

const OK = 'printf "Content-Type: text/plain\\r\\n\\r\\n"';
const HELLO = `${OK}\necho hello`;
const WHERE = `${OK}\nprintf '%s|%s|%s' "$SCRIPT_NAME" "$PATH_INFO" "$QUERY_STRING"`;

describe('the jail', () => {
  it.each([
    '/../outside.sh',
    '/sub/../../outside.sh',
    '/sub/../hello.sh',
    '/./hello.sh',
    '/..',
    '/../cgi-bin2/hello.sh',
    '/..\\outside.sh',
    '/%2e%2e/outside.sh',
    '/hello.sh\xc0\xae',
    '/\xff',
    '/hello',
    '/hello.sh2',
    '/',
    '',
    '//',
    '/sub',
    '/sub/',
    '/HELLO.SH',
    '/etc/passwd',
  ])('%j runs nothing', async (path) => {
    const bin = new CgiBin({ 'hello.sh': HELLO, 'sub/inner.sh': HELLO });
    bin.write(join(bin.parent, 'outside.sh'), HELLO);
    bin.write(join(bin.parent, 'cgi-bin2/hello.sh'), HELLO);
    await bin.serve();
    const { status, body } = await bin.ask(path);
    expect(status).toBeOneOf([400, 403, 404]);
    expect(body).not.toMatch(/hello|cgi-bin/);
    expect((await bin.ask('/sub/inner.sh')).body).toBe('hello\n');
  });

  it('a link out of the directory is no way out, one within is followed', async () => {
    const bin = new CgiBin({ 'hello.sh': HELLO });
    symlinkSync(bin.write(join(bin.parent, 'outside.sh'), HELLO), join(bin.directory, 'out.sh'));
    symlinkSync('/bin', join(bin.directory, 'bin'));
    symlinkSync('hello.sh', join(bin.directory, 'in.sh'));
    await bin.serve();
    expect((await bin.ask('/out.sh')).status).toBe(403);
    expect((await bin.ask('/bin/sh')).status).toBe(403);
    expect((await bin.ask('/in.sh')).body).toBe('hello\n');
  });

  it('a directory that is a link itself is served', async () => {
    const bin = new CgiBin({ 'hello.sh': HELLO });
    const link = join(bin.parent, 'link');
    symlinkSync(bin.directory, link);
    await bin.serve(`${link}/`);
    expect((await bin.ask('/hello.sh')).body).toBe('hello\n');
  });

  it.each([
    ['inside', (root: string) => `${root}/hello.sh`, 200],
    ['a directory whose name only begins so', (root: string) => `${root}2/hello.sh`, 403],
    ['dots', (root: string) => `${root}/../cgi-bin2/hello.sh`, 403],
    ['elsewhere', () => '/bin/echo', 403],
    ['missing', (root: string) => `${root}/missing.sh`, 404],
  ])('SCRIPT_FILENAME %s', async (_, path, status) => {
    const bin = new CgiBin({ 'hello.sh': HELLO });
    bin.write(join(bin.parent, 'cgi-bin2/hello.sh'), HELLO);
    await bin.serve();
    const variables = { SCRIPT_FILENAME: path(bin.directory) };
    expect((await bin.ask('', variables)).status).toBe(status);
  });

  it('a script that is not executable: 403', async () => {
    const bin = new CgiBin({ 'hello.sh': HELLO });
    chmodSync(join(bin.directory, 'hello.sh'), 0o644);
    await bin.serve();
    expect((await bin.ask('/hello.sh')).status).toBe(403);
  });

  it('encoded dots and slashes over HTTP', async () => {
    const bin = new CgiBin({ 'hello.sh': HELLO });
    bin.write(join(bin.parent, 'outside.sh'), HELLO);
    const { url } = await serverForTest(`cgi:${bin.directory}/`, {
      listen: ['http://127.0.0.1:0'],
    });
    for (const target of [
      '/%2e%2e/outside.sh',
      '/..%2foutside.sh',
      '/%2e%2e%2foutside.sh',
      '/..%5coutside.sh',
    ]) {
      const { answer } = await exchange(
        url,
        httpRequest(target, { headers: ['Connection: close'] }),
      );
      expect(httpResponses(answer)[0]?.status).toBeOneOf([400, 403, 404]);
    }
    const good = await exchange(url, httpRequest('/hello.sh', { headers: ['Connection: close'] }));
    expect(httpResponses(good.answer)).toMatchObject([{ status: 200, body: 'hello\n' }]);
  });
});

describe('the split of the path', () => {
  it.each([
    ['/where.sh', '/where.sh', ''],
    ['/where.sh/', '/where.sh', '/'],
    ['/where.sh/a/b', '/where.sh', '/a/b'],
    ['/where.sh/../x', '/where.sh', '/../x'],
    [`/where.sh${'/'.repeat(30)}`, '/where.sh', '/'.repeat(30)],
    ['/sub/where.sh/x', '/sub/where.sh', '/x'],
    ['//where.sh/x', '//where.sh', '/x'],
    ['/where.sh/\xc3\xa9', '/where.sh', '/\xc3\xa9'],
    ['/where.sh/\n/y', '/where.sh', '/\n/y'],
    ['/\xc3\xa9.sh/x', '/\xc3\xa9.sh', '/x'],
  ])('%j', async (path, script, info) => {
    const bin = new CgiBin({ 'where.sh': WHERE, 'sub/where.sh': WHERE, 'é.sh': WHERE });
    await bin.serve();
    const { body } = await bin.ask(path, { QUERY_STRING: 'q' });
    expect(body).toBe(`${script}|${info}|q`);
  });

  it('below a mount', async () => {
    const bin = new CgiBin({ 'where.sh': WHERE });
    await bin.serve();
    expect((await bin.ask('/where.sh/x', { SCRIPT_NAME: '/cgi' })).body).toBe('/cgi/where.sh|/x|');
  });

  it('one script for every path, with arguments of the operator and none of the client', async () => {
    const bin = new CgiBin({
      'args.sh': `${OK}\nprintf '%s.' "$#" "$@" "$SCRIPT_NAME" "$PATH_INFO"`,
    });
    await bin.serve(`${join(bin.directory, 'args.sh')}?arg=one&arg=two%20words`);
    const { body } = await bin.ask('/any/path', { QUERY_STRING: '-s+more' });
    expect(body).toBe('2.one.two words../any/path.');
    const plain = new CgiBin({ 'args.sh': `${OK}\nprintf '%s.' "$#" "$@"` });
    await plain.serve();
    for (const query of ['-s', 'a+b', '%ADd+x']) {
      expect((await plain.ask('/args.sh', { QUERY_STRING: query })).body).toBe('0.');
    }
  });
});

describe('the environment', () => {
  const ENV = `${OK}\nenv`;
  const environOf = (body: string) =>
    new Map(
      body
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );

  it('describes the request', async () => {
    const bin = new CgiBin({ 'env.sh': ENV });
    await bin.serve();
    const { body } = await bin.ask('/env.sh/x', {
      QUERY_STRING: 'a=b',
      REMOTE_ADDR: '192.0.2.1',
      HTTP_X_A: 'caf\xc3\xa9 () { :; }',
      HTTPS: 'on',
    });
    const env = environOf(body);
    expect(env.get('GATEWAY_INTERFACE')).toBe('CGI/1.1');
    expect(env.get('REQUEST_METHOD')).toBe('GET');
    expect(env.get('QUERY_STRING')).toBe('a=b');
    expect(env.get('REMOTE_ADDR')).toBe('192.0.2.1');
    expect(env.get('HTTP_X_A')).toBe('caf\xc3\xa9 () { :; }');
    expect(env.get('HTTPS')).toBe('on');
    expect(env.get('SCRIPT_FILENAME')).toBe(join(bin.directory, 'env.sh'));
    expect(env.get('SERVER_PROTOCOL')).toBe('HTTP/1.1');
  });

  it('holds nothing of ours, and nothing dangerous of the client', async () => {
    const bin = new CgiBin({ 'env.sh': ENV });
    await bin.serve(undefined, { SECRET_TOKEN: 'ours', HTTP_X_OURS: 'ours', NODE_ENV: 'ours' });
    const sent = [
      'LD_PRELOAD',
      'LD_LIBRARY_PATH',
      'NODE_OPTIONS',
      'NODE_PATH',
      'IFS',
      'BASH_ENV',
      'ENV',
    ];
    const more = [
      'PATH',
      'PS4',
      'SHELL',
      'PERL5LIB',
      'PYTHONPATH',
      'HTTP_PROXY',
      'SCGI',
      'HOME',
      'http_proxy',
    ];
    const { body } = await bin.ask('/env.sh', {
      ...Object.fromEntries(
        [...sent, ...more].map((name) => [name, name === 'SCGI' ? '1' : 'evil']),
      ),
      HTTP_AUTHORIZATION: 'Basic evil',
    });
    expect(body).not.toMatch(/evil|ours|SECRET/);
    const env = environOf(body);
    for (const name of [...sent, ...more].filter((word) => word !== 'PATH'))
      expect(env.has(name), name).toBe(false);
    expect(env.get('PATH')).toMatch(/^\/\S+\/bin/);
  });

  it('the working directory is that of the script', async () => {
    const bin = new CgiBin({ 'sub/here.sh': `${OK}\npwd -P` });
    await bin.serve();
    expect((await bin.ask('/sub/here.sh')).body).toBe(`${join(bin.directory, 'sub')}\n`);
  });

  it.each(['single', 'fork', 'thread'] as const)(
    'no descriptor is inherited: %s',
    async (concurrency) => {
      const list = 'ls -l /proc/self/fd';
      const numbers = (text: string) =>
        [...text.matchAll(/ (\d+) -> /g)].map(([, number]) => number);
      const bin = new CgiBin({ 'list.sh': `${OK}\n${list}` });
      const options = { listen: ['scgi://127.0.0.1:0'], concurrency, workers: 1 };
      const { url } = await serverForTest(`cgi:${bin.directory}/`, options);
      const { text } = await ask(await backEndFor(url), 'any', { PATH_INFO: '/list.sh' });
      // What this process was started with itself goes everywhere.
      const usual = numbers(execFileSync('/bin/sh', ['-c', list], { encoding: 'utf8' }));
      expect(numbers(text).filter((number) => !usual.includes(number))).toEqual([]);
    },
  );
});

describe('through every way in', () => {
  it.each(['scgi', 'http'])('a body of 200 KB arrives whole: %s', async (protocol) => {
    const bin = new CgiBin({ 'cat.sh': `${OK}\ncat` });
    const { url } = await serverForTest(`cgi:${bin.directory}/`, {
      listen: [`${protocol}://127.0.0.1:0`],
    });
    const backEnd = await backEndFor(url);
    const body = 'x'.repeat(200_000);
    expect((await ask(backEnd, 'any', { PATH_INFO: '/cat.sh' }, body)).text).toBe(body);
  });

  it('and one of unknown length', async () => {
    const bin = new CgiBin({ 'cat.sh': `${OK}\nprintf '%s ' "$CONTENT_LENGTH"; cat` });
    const { url } = await serverForTest(`cgi:${bin.directory}/`, {
      listen: ['http://127.0.0.1:0'],
    });
    const headers = ['Transfer-Encoding: chunked', 'Connection: close'];
    const body = '5\r\nhello\r\n0\r\n\r\n';
    const { answer } = await exchange(
      url,
      httpRequest('/cat.sh', { method: 'POST', headers, body }),
    );
    expect(httpResponses(answer)[0]?.body).toBe('5 hello');
  });

  it('under fork and thread', async () => {
    const bin = new CgiBin({ 'hello.sh': HELLO });
    for (const concurrency of ['fork', 'thread'] as const) {
      const options = { listen: ['scgi://127.0.0.1:0'], concurrency, workers: 1 };
      const { url } = await serverForTest(`cgi:${bin.directory}/`, options);
      expect((await ask(await backEndFor(url), 'any', { PATH_INFO: '/hello.sh' })).text).toBe(
        'hello\n',
      );
    }
  });
});
