// Cases: what of a request reaches the application.
import { expect } from 'vitest';
import { type Case, QUERIES, type Query, UNUSUAL_PATHS, type UnusualPath } from '../site.ts';

const LONG = 'v'.repeat(6000); // servers let 8 KiB pass

/** Path, query, header fields and what else an environ holds. */
export const requestCases = {
  'environ: the variables of PEP 3333 and CGI': async (site) => {
    const { mount, facts } = site;
    const environ = await site.environ('/a/b?x=1&y=2', {
      headers: { 'X-A': 'a' },
      from: '127.0.0.2', // not the address that the web server itself connects from
    });
    const expected = {
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: mount,
      PATH_INFO: '/environ/a/b',
      QUERY_STRING: 'x=1&y=2',
      SERVER_NAME: '127.0.0.1',
      SERVER_PORT: new URL(site.origin).port,
      SERVER_PROTOCOL: 'HTTP/1.1',
      REMOTE_ADDR: '127.0.0.2',
      REQUEST_URI: `${mount}/environ/a/b?x=1&y=2`,
      HTTP_HOST: new URL(site.origin).host,
      HTTP_X_A: 'a',
      'wsgi.url_scheme': 'http',
      'wsgi.multithread': false,
      'wsgi.multiprocess': false,
      'wsgi.run_once': false,
      ...facts.variables,
    };
    for (const [name, value] of Object.entries(expected)) {
      if (value === undefined) expect(environ).not.toHaveProperty(name);
      else expect(environ).toHaveProperty([name], value);
    }
    expect(environ).not.toHaveProperty('CONTENT_TYPE');
    expect(environ.CONTENT_LENGTH ?? '0').toBe('0');
  },

  'environ: no HTTP_PROXY from a Proxy header': async (site) => {
    const environ = await site.environ('/x', { headers: { Proxy: 'http://127.0.0.1:9' } });
    expect(environ).not.toHaveProperty('HTTP_PROXY');
  },

  'path: percent-encoding is undone once': async (site) => {
    const paths = {
      '/a%20b': '/a b',
      '/%C3%A9': '/é',
      '/%25': '/%',
      '/%2541': '/%41',
      '/a+b': '/a+b',
    };
    for (const [path, decoded] of Object.entries(paths)) {
      const environ = await site.environ(path);
      // One character for each byte.
      expect(environ.PATH_INFO).toBe(Buffer.from(`/environ${decoded}`).toString('latin1'));
      expect(environ.SCRIPT_NAME).toBe(site.facts.variables.SCRIPT_NAME ?? site.mount);
    }
  },

  'path: what the web server makes of unusual ones': async (site) => {
    const seen: Partial<Record<UnusualPath, string | number>> = {};
    for (const path of Object.keys(UNUSUAL_PATHS) as UnusualPath[]) {
      const { status, text } = await site.exchange(`/environ${path}`);
      seen[path] = status === 200 ? JSON.parse(text).PATH_INFO.slice('/environ'.length) : status;
    }
    expect(seen).toEqual({ ...UNUSUAL_PATHS, ...site.facts.paths });
  },

  'query: stays encoded': async (site) => {
    for (const query of Object.keys(QUERIES) as Query[]) {
      const expected = site.facts.queries[query] ?? QUERIES[query];
      expect((await site.environ(`/x?${query}`)).QUERY_STRING).toBe(expected);
    }
  },

  'headers: fields become variables': async (site) => {
    const environ = await site.environ('/x', {
      headers: { 'X-Mixed-Case': 'A b,c', Cookie: 'a=1; b=2', 'Content-Type': 'text/x-test; a=1' },
      method: 'POST',
      body: Buffer.from('body'),
    });
    expect(environ).toMatchObject({
      HTTP_X_MIXED_CASE: 'A b,c',
      HTTP_COOKIE: 'a=1; b=2',
      CONTENT_TYPE: 'text/x-test; a=1',
      CONTENT_LENGTH: '4',
    });
    expect(environ).not.toHaveProperty('HTTP_CONTENT_TYPE');
    expect(environ).not.toHaveProperty('HTTP_CONTENT_LENGTH');
  },

  'headers: a field that comes twice is joined': async (site) => {
    const environ = await site.environ('/x', { headers: { 'X-Twice': ['one', 'two'] } });
    expect(environ.HTTP_X_TWICE).toBe('one, two');
  },

  'headers: a long field': async (site) => {
    expect((await site.environ('/x', { headers: { 'X-Long': LONG } })).HTTP_X_LONG).toBe(LONG);
  },

  'headers: bytes beyond ASCII arrive as one character each': async (site) => {
    const environ = await site.environ('/x', { headers: { 'X-Bytes': 'gr\xc3\xbc\xc3\x9f' } });
    expect(environ.HTTP_X_BYTES).toBe('gr\xc3\xbc\xc3\x9f');
  },
} satisfies Record<string, Case>;
