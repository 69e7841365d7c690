// What every framework has to show over every front-end.
import { createHash, randomBytes } from 'node:crypto';
import type { Answer } from '@sluice/gateway/testing';
import { expect } from 'vitest';

/** Asks the application that is tested. */
export type Ask = (
  variables: Readonly<Record<string, string>>,
  body?: Uint8Array | string | null,
) => Promise<Answer>;

/** The address of a client that is made up. */
export const CLIENT = '192.0.2.7';

/** What else than a router a framework may have. */
export type Feature = 'compression' | 'pages' | 'sessions' | 'uploads';

/** One thing to show. */
export interface Case {
  readonly name: string;
  /** What else than a router it needs; it is for frameworks that have it. */
  readonly needs?: Feature;
  /** Whether it takes several requests of one process, or more than a CGI program should have to. */
  readonly isLong?: boolean;
  /** @param client - the address that asks; {@link CLIENT} unless a real connection has another */
  show(ask: Ask, client?: string): Promise<void>;
}

const get = (path: string, more: Record<string, string> = {}) => {
  const [before = '', query = ''] = path.split('?');
  return { PATH_INFO: before, QUERY_STRING: query, REQUEST_URI: path, ...more };
};
const post = (path: string, type: string) =>
  get(path, { REQUEST_METHOD: 'POST', CONTENT_TYPE: type });

/** Values of a header of an answer. */
function values({ headers }: Answer, name: string): string[] {
  return headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

export const CASES: readonly Case[] = [
  {
    name: 'a route',
    async show(ask) {
      const answer = await ask(get('/hello'));
      expect([answer.status, answer.text]).toEqual(['200 OK', 'hello']);
      expect(values(answer, 'content-type').join()).toMatch(/^text\/plain/);
      expect(values(answer, 'connection')).toEqual([]);
    },
  },
  {
    name: 'URL, query, address and host of a request',
    async show(ask, address = CLIENT) {
      const { text } = await ask(get('/request?a=%C3%A9%26&c=1'));
      expect(JSON.parse(text)).toEqual({
        url: '/request?a=%C3%A9%26&c=1',
        address,
        host: '127.0.0.1',
        query: { a: '\u00e9&', c: '1' },
      });
    },
  },
  {
    name: 'a URL as the client wrote it',
    async show(ask) {
      const { url, query } = JSON.parse((await ask(get('/request?a=%20b&c=1'))).text);
      expect({ url, query }).toEqual({ url: '/request?a=%20b&c=1', query: { a: ' b', c: '1' } });
    },
  },
  {
    name: 'a redirect',
    async show(ask) {
      const answer = await ask(get('/redirect'));
      expect([answer.status, values(answer, 'location')]).toEqual(['302 Found', ['/hello']]);
    },
  },
  {
    name: 'cookies, a line each',
    async show(ask) {
      const cookies = values(await ask(get('/cookies')), 'set-cookie');
      expect(cookies.map((cookie) => cookie.split(';')[0])).toEqual(['a=1', 'b=2']);
    },
  },
  {
    name: 'a stream',
    async show(ask) {
      expect((await ask(get('/stream'))).text).toBe('one two three');
    },
  },
  {
    name: 'a large answer, and HEAD for it',
    async show(ask) {
      const whole = await ask(get('/large'));
      expect(whole.body.equals(Buffer.alloc(3_000_000, 'Sluice '))).toBe(true);
      const head = await ask(get('/large', { REQUEST_METHOD: 'HEAD' }));
      expect([head.status, head.body.length]).toEqual(['200 OK', 0]);
    },
  },
  {
    name: '304, and 200 where the validator is another',
    async show(ask) {
      const fresh = await ask(get('/etag', { HTTP_IF_NONE_MATCH: '"v1"' }));
      expect([fresh.status, fresh.text]).toEqual(['304 Not Modified', '']);
      expect(values(fresh, 'etag')).toEqual(['"v1"']);
      expect((await ask(get('/etag', { HTTP_IF_NONE_MATCH: '"v0"' }))).text).toBe('tagged');
    },
  },
  {
    name: 'an upload of 10 MB',
    async show(ask) {
      const body = randomBytes(10_000_000);
      const { text } = await ask(post('/upload', 'application/octet-stream'), body);
      const sha256 = createHash('sha256').update(body).digest('hex');
      expect(JSON.parse(text)).toEqual({ length: body.length, sha256 });
    },
  },
  {
    name: 'JSON, there and back',
    async show(ask) {
      const { text } = await ask(post('/json', 'application/json'), '{"a":["\u00e9",1]}');
      expect(JSON.parse(text)).toEqual({ a: ['\u00e9', 1] });
    },
  },
  {
    name: 'an error: 500, and the next request is answered',
    async show(ask) {
      expect((await ask(get('/fail'))).status).toMatch(/^500 /);
      expect((await ask(get('/hello'))).text).toBe('hello');
    },
  },
  {
    name: 'nothing there: 404',
    async show(ask) {
      expect((await ask(get('/nothing'))).status).toMatch(/^404 /);
    },
  },
  {
    name: 'compression',
    needs: 'compression',
    async show(ask) {
      const answer = await ask(get('/compressed', { HTTP_ACCEPT_ENCODING: 'gzip' }));
      expect(values(answer, 'content-encoding')).toEqual(['gzip']);
      expect(answer.body.subarray(0, 2).toString('hex')).toBe('1f8b');
      expect(answer.body.length).toBeLessThan(1000);
      expect((await ask(get('/compressed'))).text).toBe('compressed '.repeat(1000));
    },
  },
  {
    name: 'sessions',
    needs: 'sessions',
    isLong: true,
    async show(ask) {
      const first = await ask(get('/visits'));
      const cookie = values(first, 'set-cookie')[0]?.split(';')[0] as string;
      const second = await ask(get('/visits', { HTTP_COOKIE: cookie }));
      expect([first.text, second.text]).toEqual(['1', '2']);
    },
  },
  {
    name: 'files in a form',
    needs: 'uploads',
    async show(ask) {
      const form = new FormData();
      form.set('note', 'caf\u00e9');
      form.set('file', new File([Buffer.alloc(200_000, 'x')], 'x.bin'));
      const encoded = new Response(form);
      const body = Buffer.from(await encoded.arrayBuffer());
      const type = encoded.headers.get('content-type') as string;
      const { text } = await ask(post('/files', type), body);
      expect(JSON.parse(text)).toEqual({ name: 'x.bin', size: 200_000, note: 'caf\u00e9' });
    },
  },
  {
    name: 'a page, and the scripts that it names',
    needs: 'pages',
    async show(ask) {
      const page = await ask(get('/pages/one', { HTTP_ACCEPT: 'text/html' }));
      expect(page.status).toBe('200 OK');
      expect(values(page, 'content-type').join()).toMatch(/^text\/html/);
      expect(page.text.replaceAll(/<!--.*?-->/g, '')).toContain('<p>page for 127.0.0.1</p>');
      const script = /[^"']*\/(?:_app|_next|_nuxt)\/[^"'?]*\.js/.exec(page.text)?.[0] as string;
      const answer = await ask(get(new URL(script, 'http://h/pages/one').pathname));
      expect(answer.status).toBe('200 OK');
      expect(values(answer, 'content-type').join()).toMatch(/javascript/);
    },
  },
];
