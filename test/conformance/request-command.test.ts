// `sluice request` against every protocol of the registry: what is asked, and what is told of the answer.
import { PROTOCOLS, type ProtocolName } from 'sluice';
import { beforeAll, describe, expect, it } from 'vitest';
import { ALL, request, serveAll } from './support/request-command.ts';

let addresses: Record<ProtocolName, string>;
beforeAll(async () => {
  const servers = await serveAll();
  addresses = servers.addresses;
  return () => servers.close();
});

async function variablesOf(name: ProtocolName, words: readonly string[]) {
  const { code, stdout, stderr } = await request([addresses[name], '/a%20b?variables', ...words]);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(Buffer.from(stdout, 'latin1').toString()) as Record<string, string>;
}

describe.each(ALL)('sluice request: %s', (name) => {
  it('asks for a path and writes the body of the answer', async () => {
    const path = '/a%2Fb%20c/ü?q=1&r=%20';
    const { code, stdout, stderr } = await request([addresses[name], path]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: Buffer.from('GET |/a/b c/ü\n').toString('latin1'),
      stderr: '',
    });
  });

  it('asks for / where nothing is said', async () => {
    expect((await request([addresses[name]])).stdout).toBe('GET |/\n');
  });

  it.each([
    ['204 No Content', 0],
    ['302 Found', 0],
    ['404 Not Found', 4],
    ['503 Service Unavailable', 5],
  ])('tells %s by its exit status', async (status, expected) => {
    const path = `/?status=${encodeURIComponent(status)}`;
    const { code, stderr } = await request([addresses[name], path]);
    expect([code, stderr]).toEqual([expected, '']);
  });

  it('writes the head of the answer first, with -i', async () => {
    const { stdout } = await request([addresses[name], '/', '-i']);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\n/);
    expect(stdout).toContain('\r\nX-Accel-Redirect: /internal\r\n');
    expect(stdout).toMatch(/\r\n\r\nGET \|\/\n$/);
  });

  it('sends a method and a body', async () => {
    const put = await request([addresses[name], '/a', '-X', 'PUT', '-d', 'grüße\n']);
    expect(put.stdout).toBe(Buffer.from('PUT |/a\ngrüße\n').toString('latin1'));
    expect((await request([addresses[name], '/a', '--data='])).stdout).toBe('POST |/a\n');
  });

  it('HEAD has no body', async () => {
    const { code, stdout } = await request([addresses[name], '/', '-X', 'HEAD', '-i']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:\S+: .*\r\n)+\r\n$/);
  });

  it('sends the variables of a web server', async () => {
    const variables = await variablesOf(name, []);
    expect(variables).toMatchObject({
      REQUEST_METHOD: 'GET',
      REQUEST_URI: '/a%20b?variables',
      SCRIPT_NAME: '',
      PATH_INFO: '/a b',
      QUERY_STRING: 'variables',
      SERVER_PROTOCOL: 'HTTP/1.1',
      REMOTE_ADDR: '127.0.0.1',
      HTTP_ACCEPT: '*/*',
      HTTP_USER_AGENT: 'sluice-request',
    });
    expect(variables.CONTENT_TYPE).toBeUndefined();
    expect(['0', undefined]).toContain(variables.CONTENT_LENGTH); // SCGI and uwsgi always say it
    if (name === 'http') {
      expect(`http://${variables.HTTP_HOST}`).toBe(addresses.http);
      return;
    }
    expect(variables).toMatchObject({
      HTTP_HOST: 'localhost',
      SERVER_NAME: 'localhost',
      SERVER_PORT: '80',
      REMOTE_PORT: '49152',
    });
    if (name === 'ajp') return;
    expect(variables).toMatchObject({ GATEWAY_INTERFACE: 'CGI/1.1', SERVER_SOFTWARE: 'Sluice' });
    expect(variables.REQUEST_SCHEME).toBe('http');
  });

  it('sends headers, joined where they repeat, and leaves out what is empty', async () => {
    const variables = await variablesOf(name, [
      ...['-H', 'X-A: one', '--header', 'x-a:two ', '-H', 'Accept:', '-H', 'Cookie: a=b'],
      ...['-H', 'cookie: c=d', '-H', 'Host: example.org:8443', '-H', 'Authorization: Basic eA=='],
      ...['-H', 'Content-Type: text/x-a', '-d', 'x'],
    ]);
    expect(variables).toMatchObject({
      HTTP_X_A: 'one, two',
      HTTP_COOKIE: 'a=b; c=d',
      HTTP_HOST: 'example.org:8443',
      HTTP_AUTHORIZATION: 'Basic eA==',
      CONTENT_TYPE: 'text/x-a',
      CONTENT_LENGTH: '1',
    });
    expect(variables.HTTP_ACCEPT).toBeUndefined();
    if (name === 'http') return; // a server knows its own name
    expect(variables).toMatchObject({ SERVER_NAME: 'example.org', SERVER_PORT: '8443' });
  });

  it('says so when there is no place for a variable', async () => {
    const words = ['--variable', 'APPLICATION_ENV=test', addresses[name], '/?variables'];
    const { code, stdout, stderr } = await request(words);
    const { carries } = await PROTOCOLS[name].backEnd();
    if (carries?.('APPLICATION_ENV') ?? true) {
      expect(JSON.parse(stdout).APPLICATION_ENV).toBe('test');
      return;
    }
    expect(code).toBe(2);
    expect(stderr).toMatch(/^sluice request: \w+ has no place for APPLICATION_ENV/);
  });
});

describe.each(ALL.filter((name) => name !== 'http'))('sluice request --variable: %s', (name) => {
  it('sets and replaces variables', async () => {
    const variables = await variablesOf(name, [
      ...['--variable', 'REMOTE_USER=bøb', '--variable', 'SERVER_NAME=a.example'],
      ...['--variable', 'HTTPS=on', '--variable', 'REMOTE_ADDR=192.0.2.1'],
    ]);
    expect(variables).toMatchObject({
      REMOTE_USER: Buffer.from('bøb').toString('latin1'),
      SERVER_NAME: 'a.example',
      SERVER_PORT: '443',
      HTTPS: 'on',
      REMOTE_ADDR: '192.0.2.1',
      'wsgi.url_scheme': 'https',
    });
  });
});

describe('sluice request', () => {
  it('--script-name is the beginning of the path', async () => {
    const words = [addresses.fastcgi, '--script-name', '/blog/'];
    expect((await request([...words, '/blog/a'])).stdout).toBe('GET /blog|/a\n');
    expect((await request([...words, '/blog'])).stdout).toBe('GET /blog|\n');
    expect((await request(words)).stdout).toBe('GET /blog|/\n');
  });

  it('an empty variable is sent', async () => {
    const { stdout } = await request([addresses.scgi, '/?variables', '--variable', 'EMPTY_ONE=']);
    expect(JSON.parse(stdout).EMPTY_ONE).toBe('');
  });

  it.each(['fastcgi', 'cgi'] as const)('shows the error stream of %s', async (name) => {
    const { code, stdout, lines } = await request([addresses[name], '/?errors']);
    expect([code, stdout]).toEqual([0, 'GET |/\n']);
    expect(lines.join('\n')).toMatch(/^stderr: (?:error: )?a line for the operator$/);
  });

  it.each([
    ['ajp', 'CPong'],
    ['uwsgi', 'pong'],
    ['fastcgi', 'FCGI_MPXS_CONNS=1'],
  ] as const)('--ping asks %s', async (name, answer) => {
    const { code, stdout, stderr } = await request([addresses[name], '--ping']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\w+:\/\/127\.0\.0\.1:\d+ answers after \d+\.\d ms: .+\n$/);
    expect(stdout).toContain(answer);
  });

  it.each(['scgi', 'http', 'cgi'] as const)('--ping: %s has none', async (name) => {
    const { code, stderr } = await request([addresses[name], '--ping']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/has no ping; ask for a page instead: sluice request \S+ \/\w*\n$/);
  });
});
