// Lines of the access log: what they say of a request, and what they keep to themselves.
import { shiftPathInfo } from '@sluice/gateway';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AccessLog } from '../src/access-log.ts';
import { environOf, lineOf } from './observed.ts';

const BEGIN = Date.UTC(2026, 0, 2, 3, 4, 5, 67); // a Friday
const zone = process.env.TZ;

beforeEach(() => {
  process.env.TZ = 'America/St_Johns'; // three and a half hours behind UTC in winter
  vi.useFakeTimers({ now: BEGIN });
});
afterEach(() => {
  vi.useRealTimers();
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

describe('formats with a name', () => {
  const more = { REMOTE_USER: 'ann', HTTP_REFERER: 'http://a/', HTTP_USER_AGENT: 'curl/8' };

  it('common', () => {
    expect(lineOf('common', more)).toBe(
      '192.0.2.7 - ann [01/Jan/2026:23:34:05 -0330] "GET /a%20page?x=1 HTTP/1.1" 200 5',
    );
  });

  it('combined', () => {
    expect(lineOf('combined', more)).toBe(
      '192.0.2.7 - ann [01/Jan/2026:23:34:05 -0330] "GET /a%20page?x=1 HTTP/1.1" 200 5 "http://a/" "curl/8"',
    );
    expect(lineOf('combined', { REMOTE_ADDR: undefined }, { status: 404, bytes: 0 })).toBe(
      '- - - [01/Jan/2026:23:34:05 -0330] "GET /a%20page?x=1 HTTP/1.1" 404 - "-" "-"',
    );
  });

  it('json', () => {
    const line = lineOf('json', { ...more, HTTP_HOST: 'example.org', SCRIPT_NAME: '/app' });
    expect(JSON.parse(line)).toEqual({
      time: '2026-01-01T23:34:05.067-03:30',
      remote: '192.0.2.7',
      user: 'ann',
      method: 'GET',
      url: '/a%20page?x=1',
      version: 'HTTP/1.1',
      host: 'example.org',
      script: '/app',
      status: 200,
      bytes: 5,
      cut: false,
      micros: 0,
      referer: 'http://a/',
      agent: 'curl/8',
      protocol: 'scgi',
      pid: process.pid,
    });
    const bare = JSON.parse(lineOf('json', { REMOTE_ADDR: undefined }, { status: 0, isCut: true }));
    expect(bare).toMatchObject({ remote: null, user: null, script: null, status: 0, cut: true });
  });
});

describe('directives', () => {
  it.each<[string, string, Record<string, unknown>?]>([
    ['%h', '192.0.2.7'],
    ['%a', '192.0.2.7'],
    ['%a', '2001:db8::1', { REMOTE_ADDR: '2001:db8::1' }],
    ['%l', '-'],
    ['%u', '-'],
    ['%u', '-', { REMOTE_USER: '' }],
    ['%t', '[01/Jan/2026:23:34:05 -0330]'],
    ['%r', 'GET\\x20/a%20page?x=1\\x20HTTP/1.1'],
    ['"%r"', '"GET /a%20page?x=1 HTTP/1.1"'],
    ['\\"%r\\"', '"GET /a%20page?x=1 HTTP/1.1"'], // as Apache's configuration has it
    ['%m|%H', 'GET|HTTP/1.1'],
    ['%m|%H', 'GET|HTTP/1.0', { SERVER_PROTOCOL: 'HTTP/1.0' }],
    ['%U', '/a\\x20page'],
    ['"%U"', '"/a page"'],
    ['%U%q', '/a\\x20page?x=1'],
    ['%U%q', '/a', { REQUEST_URI: '/a', QUERY_STRING: '' }],
    ['%U', '*', { REQUEST_URI: '*', PATH_INFO: '*' }],
    ['%s %>s %<s', '200 200 200'],
    ['%b %B', '5 5'],
    ['%p', '8080'],
    ['%P', String(process.pid)],
    ['%v', 'example.org'],
    ['%X', '-'],
    ['%%', '%'],
    ['%h%%%l%%', '192.0.2.7%-%'],
    ['a\tb\\t%l', 'a\tb\t-'],
    ['%{Referer}i', 'http://a/', { HTTP_REFERER: 'http://a/' }],
    ['%{user-agent}i', 'curl/8', { HTTP_USER_AGENT: 'curl/8' }],
    ['%{Content-Type}i', 'text/plain', { CONTENT_TYPE: 'text/plain' }],
    ['%{Content-Length}i', '12', { CONTENT_LENGTH: '12' }],
    ['%{SCRIPT_NAME}e', '/app', { SCRIPT_NAME: '/app' }],
    ['%{SCRIPT_NAME}e', '-'],
    ['%{wsgi.url_scheme}e', 'https', { 'wsgi.url_scheme': 'https' }],
    ['%{my.number}e %{my.truth}e', '7 true', { 'my.number': 7, 'my.truth': true }],
    ['%{my.object}e', '-', { 'my.object': { toString: () => 'never called' } }],
    ['%{toString}e %{__proto__}e', '- -'],
    ['%{sec}t %{msec}t %{usec}t', '1767323045 1767323045067 1767323045067000'],
    ['%{msec_frac}t', '067'],
    ['%{%Y-%m-%d %H:%M:%S %z}t', '2026-01-01 23:34:05 -0330'],
    ['%{%a %d %b %F %T %s 100%%}t', 'Thu 01 Jan 2026-01-01 23:34:05 1767323045 100%'],
  ])('%s gives %s', (format, line, variables) => {
    expect(lineOf(format, variables)).toBe(line);
  });

  it('of a request without any response: status 000, and X', () => {
    const outcome = { status: 0, bytes: 0, isCut: true };
    expect(lineOf('%s %b %B %X', {}, outcome)).toBe('000 - 0 X');
  });

  it('of a request that takes its time', () => {
    const lines: string[] = [];
    const sink = { write: (line: string) => lines.push(line) };
    const log = new AccessLog('%D %T %{s}T %{ms}T %{us}T %{%S}t', sink);
    const slow = log.begin(environOf(), { protocol: 'scgi' });
    vi.advanceTimersByTime(1234.5678);
    const quick = log.begin(environOf(), { protocol: 'scgi' });
    vi.advanceTimersByTime(500);
    quick.end(200, 0, false);
    slow.end(200, 0, false);
    expect(lines).toEqual([
      '500000 0 0 500 500000 06',
      expect.stringMatching(/^17345\d\d 1 1 173[45] 17345\d\d 05$/),
    ]);
  });

  it('times of a new second are new', () => {
    const lines: string[] = [];
    const log = new AccessLog('%t %{%T}t', { write: (line) => lines.push(line) });
    for (const step of [0, 932, 1, 1000]) {
      vi.advanceTimersByTime(step);
      log.begin(environOf(), { protocol: 'scgi' }).end(200, 0, false);
    }
    expect(lines.map((line) => line.slice(-8))).toEqual([
      '23:34:05',
      '23:34:05',
      '23:34:06',
      '23:34:07',
    ]);
    expect(lines.map((line) => line.slice(13, 21))).toEqual(lines.map((line) => line.slice(-8)));
  });
});

describe('the request as it came', () => {
  it('is logged whatever the application does to its environ', () => {
    const variables = { SCRIPT_NAME: '', PATH_INFO: '/blog/a', REQUEST_URI: undefined };
    const change = (environ: ReturnType<typeof environOf>) => {
      shiftPathInfo(environ);
      environ.REQUEST_METHOD = 'PUT';
      environ.SERVER_PROTOCOL = 'HTTP/3';
    };
    expect(lineOf('"%r" %U', variables, { change })).toBe('"GET /blog/a?x=1 HTTP/1.1" /blog/a');
    const forged = {
      change: (environ: ReturnType<typeof environOf>) => {
        environ.REQUEST_URI = '/other';
      },
    };
    expect(lineOf('%m %U', {}, forged)).toBe('GET /a\\x20page');
  });

  it('is completed from what the gateway found out', () => {
    const variables = { REQUEST_METHOD: undefined, SERVER_PROTOCOL: undefined };
    const change = (environ: ReturnType<typeof environOf>) => {
      environ.REQUEST_METHOD = 'GET';
      environ.SERVER_PROTOCOL = 'HTTP/1.0';
    };
    expect(lineOf('"%r"', variables, { change })).toBe('"GET /a%20page?x=1 HTTP/1.0"');
  });

  it('shows what the application adds', () => {
    const change = (environ: ReturnType<typeof environOf>) => {
      environ.REMOTE_USER = 'ann';
      environ['app.tenant'] = 'north';
    };
    expect(lineOf('%u %{app.tenant}e', {}, { change })).toBe('ann north');
  });

  it('has its path encoded where REQUEST_URI is missing', () => {
    const variables = {
      REQUEST_URI: undefined,
      SCRIPT_NAME: '/caf\xe9',
      PATH_INFO: '/a ?%#\n',
      QUERY_STRING: '',
    };
    expect(lineOf('"%r"', variables)).toBe('"GET /caf%E9/a%20%3F%25%23%0A HTTP/1.1"');
    expect(
      lineOf('"%r"', { REQUEST_URI: undefined, PATH_INFO: undefined, SCRIPT_NAME: undefined }),
    ).toBe('"GET ?x=1 HTTP/1.1"');
  });

  it('of nothing at all is a line too', () => {
    const nothing = Object.fromEntries(Object.keys(environOf()).map((name) => [name, undefined]));
    expect(lineOf('common', nothing)).toBe('- - - [01/Jan/2026:23:34:05 -0330] "  " 200 5');
    expect(JSON.parse(lineOf('json', nothing))).toMatchObject({ method: null, url: null });
  });
});

describe('whatever a request holds', () => {
  const all = Array.from({ length: 0x180 }, (_, code) => String.fromCharCode(code)).join('');
  const hostile = {
    REQUEST_METHOD: all,
    REQUEST_URI: all,
    REMOTE_ADDR: all,
    REMOTE_USER: all,
    HTTP_REFERER: all,
    HTTP_USER_AGENT: all,
  };

  it.each(['common', 'combined', 'json', '%h %u %U %q %{Referer}i'])(
    '%s is one line of ASCII',
    (format) => {
      expect(lineOf(format, hostile)).toMatch(/^[\x20-\x7e]+$/);
    },
  );

  it('columns and quotation marks stay where they are', () => {
    expect(lineOf('%u "%u" end', { REMOTE_USER: 'a "b" \\ c' })).toBe(
      'a\\x20\\x22b\\x22\\x20\\x5c\\x20c "a \\x22b\\x22 \\x5c c" end',
    );
    const line = lineOf('combined', hostile);
    expect(line.match(/"/g)).toHaveLength(6);
    expect(line.split('"')[0]?.split(' ')).toHaveLength(6);
  });

  it('json gives it back', () => {
    expect(JSON.parse(lineOf('json', hostile))).toMatchObject({ method: all, referer: all });
  });

  it('a value is bounded', () => {
    const long = { HTTP_REFERER: 'x'.repeat(5000), REMOTE_USER: 'x'.repeat(4096) };
    expect(lineOf('%{Referer}i', long)).toBe(`${'x'.repeat(4096)}...`);
    expect(lineOf('%u', long)).toBe('x'.repeat(4096));
    expect(lineOf('json', { REQUEST_URI: '\n'.repeat(100_000) }).length).toBeLessThan(10_000);
  });
});

describe('secrets', () => {
  const secrets = {
    HTTP_AUTHORIZATION: 'Basic c2VjcmV0',
    HTTP_PROXY_AUTHORIZATION: 'Bearer c2VjcmV0',
    HTTP_COOKIE: 'sid=c2VjcmV0',
    HTTP_X_API_KEY: 'c2VjcmV0',
  };

  it.each(['common', 'combined', 'json'])('are not in %s', (format) => {
    expect(lineOf(format, secrets)).not.toContain('c2VjcmV0');
  });

  it.each([
    ['%{Authorization}i', 'Basic'],
    ['%{HTTP_AUTHORIZATION}e', 'Basic'],
    ['"%{Proxy-Authorization}i"', '"Bearer"'],
    ['%{Cookie}i', 'sid=c2VjcmV0'], // asked for by name
    ['%{REDIRECT_HTTP_AUTHORIZATION}e', '-'],
  ])('%s gives %s', (format, line) => {
    expect(lineOf(format, secrets)).toBe(line);
  });

  it('of credentials without a scheme nothing is shown', () => {
    expect(lineOf('%{Authorization}i', { HTTP_AUTHORIZATION: 'c2VjcmV0' })).toBe('...');
  });
});
