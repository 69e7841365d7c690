// A light Response cannot be told from one of Node.js.
import { beforeAll, describe, expect, it } from 'vitest';
import { plain } from '../src/fetch-classes.ts';
import { fetchHandler } from '../src/index.ts';
import { LightResponse } from '../src/light-response.ts';

const Light = LightResponse as unknown as typeof Response;

beforeAll(() => {
  fetchHandler(() => new Response()); // which replaces the globals
});

/** Everything that can be seen of a response, or the name of the error that there is instead. */
async function seen(make: (Class: typeof Response) => Response, Class: typeof Response) {
  try {
    const response = make(Class);
    const { status, statusText, ok, type, url, redirected, headers } = response;
    const copy = await response.clone().text();
    const before = response.bodyUsed;
    const text = await response.text();
    const after = response.bodyUsed;
    const again = await response.text().catch((error) => error.name);
    return {
      ...{ status, statusText, ok, type, url, redirected, headers: [...headers] },
      ...{ copy, before, text, after, again },
    };
  } catch (error) {
    return (error as Error).name;
  }
}

const CASES: Record<string, (Class: typeof Response) => Response> = {
  nothing: (Class) => new Class(),
  'null and an init': (Class) => new Class(null, { status: 204 }),
  text: (Class) => new Class('caf\xe9 ✓'),
  'an empty text': (Class) => new Class(''),
  bytes: (Class) => new Class(new Uint8Array([65, 66])),
  buffer: (Class) => new Class(new Uint8Array([65]).buffer),
  blob: (Class) => new Class(new Blob(['x'], { type: 'text/x' })),
  'search parameters': (Class) => new Class(new URLSearchParams({ a: 'b' })),
  number: (Class) => new Class(7 as never),
  stream: (Class) => new Class(new Blob(['x']).stream()),
  'all of init': (Class) =>
    new Class('x', { status: 201, statusText: 'Made', headers: { A: 'b' } }),
  'a type of its own': (Class) => new Class('x', { headers: { 'Content-Type': 'text/x' } }),
  'headers as pairs': (Class) =>
    new Class('x', {
      headers: [
        ['A', 'b'],
        ['a', 'c'],
      ],
    }),
  'headers as Headers': (Class) => new Class('x', { headers: new Headers({ A: 'b' }) }),
  'a header that is no text': (Class) => new Class('x', { headers: { a: 7 as never } }),
  'a header with blanks': (Class) => new Class('x', { headers: { a: ' b ' } }),
  cookies: (Class) =>
    new Class('x', {
      headers: [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ],
    }),
  'a response as init': (Class) =>
    new Class('x', new Class('y', { status: 202, headers: { a: 'b' } })),
  'init is null': (Class) => new Class('x', null as never),
  'a wrong status': (Class) => new Class('x', { status: 99 }),
  'a status that is a text': (Class) => new Class('x', { status: '201' as never }),
  'a wrong reason': (Class) => new Class('x', { statusText: 'a\nb' }),
  'a wrong header name': (Class) => new Class('x', { headers: { 'a b': 'c' } }),
  'a wrong header value': (Class) => new Class('x', { headers: { a: 'b\nc' } }),
  'a header that is no bytes': (Class) => new Class('x', { headers: { a: '✓' } }),
  'a body with 204': (Class) => new Class('x', { status: 204 }),
  'an empty body with 304': (Class) => new Class('', { status: 304 }),
  json: (Class) => Class.json({ a: 1 }),
  'json and an init': (Class) =>
    Class.json([1], { status: 201, headers: { 'Content-Type': 'x/y' } }),
  'json of nothing': (Class) => Class.json(undefined as never),
  redirect: (Class) => Class.redirect('http://a.org/x', 303),
  'a wrong redirect': (Class) => Class.redirect('http://a.org/x', 200 as never),
  'a redirect to no URL': (Class) => Class.redirect('/x', 302),
};

it.each(Object.keys(CASES))('%s', async (name) => {
  const make = CASES[name] as (Class: typeof Response) => Response;
  const expected = await seen(make, plain.Response);
  expect(await seen(make, Light)).toEqual(expected);
});

it('what is changed after a response is made changes nothing of it', async () => {
  const headers = new Headers({ a: 'b' });
  const bytes = new Uint8Array([65]);
  const response = new Light(bytes, { headers });
  headers.set('a', 'c');
  bytes[0] = 66;
  expect([response.headers.get('a'), await response.text()]).toEqual(['b', 'A']);
});

it('its headers can be changed, before and after others look at it', () => {
  const response = new Light('x');
  response.headers.set('a', 'b');
  expect(response.body).toBeInstanceOf(ReadableStream);
  response.headers.set('c', 'd');
  expect([...response.headers.keys()]).toEqual(['a', 'c', 'content-type']);
});

describe('classes', () => {
  it('instanceof holds for both, and tells those that extend it apart', () => {
    class Own extends Response {}
    const own = new Own('x');
    for (const response of [new Response('x'), new plain.Response('x'), own]) {
      expect(response).toBeInstanceOf(Response);
      expect(response).toBeInstanceOf(plain.Response);
    }
    expect(own).toBeInstanceOf(Own);
    expect(new Response('x')).not.toBeInstanceOf(Own);
    expect(Object.prototype.toString.call(new Response('x'))).toBe('[object Response]');
    expect(null).not.toBeInstanceOf(Response);
  });

  it('the global ones have their names and members', () => {
    expect([Response.name, Request.name]).toEqual(['Response', 'Request']);
    for (const name of Object.getOwnPropertyNames(plain.Response.prototype))
      expect(name in Response.prototype).toBe(true);
  });

  it('what fetch() gives is a Response', async () => {
    expect(await fetch('data:text/plain,x')).toBeInstanceOf(Response);
  });
});
