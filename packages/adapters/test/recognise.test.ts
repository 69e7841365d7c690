// What an export is, told by its shape, its parameters or a mark.
import { createServer } from 'node:http';
import { demoApp, validator } from '@sluice/gateway';
import { call } from '@sluice/gateway/testing';
import { describe, expect, it } from 'vitest';
import { as, fetchHandler, nodeHandler, recognise, unknownExport } from '../src/index.ts';

const make = (code: string) => new Function(`return ${code}`)();

describe.each([
  [
    'wsgi',
    [
      '(environ, startResponse) => []',
      'async function (env, start_response) { return []; }',
      '(_environ, start) => []',
      'function* (a, b) {}',
      'async function* app(a, b) {}',
      'class { constructor(environ, startResponse) {} }',
      '(a, b) => []', // minified: what this project's applications look like
      '({ PATH_INFO, ...others }, startResponse) => []',
      '(...all) => []', // as middleware is written
    ],
  ],
  [
    'node',
    [
      '(req, res) => {}',
      'function (request, response) {}',
      'async (_req, res) => {}',
      '(req, res, next) => {}',
      '(a, b, c) => {}',
      '(request, reply) => {}',
      '{ callback() { return () => {}; }, use() {} }', // Koa
      '{ routing() {}, ready: async () => {} }', // Fastify
      'Object.assign((a, b, c) => {}, { handle() {}, use() {} })', // Express, Connect
    ],
  ],
  [
    'fetch',
    [
      '(request) => {}',
      'req => {}',
      'async function (event) {}',
      '(request, env) => {}',
      '(request, env, ctx) => {}',
      '{ fetch(request) {} }',
      'Object.assign(() => {}, { fetch() {} })',
    ],
  ],
] as const)('%s', (kind, shapes) => {
  it.each(shapes)('%s', (code) => {
    expect(recognise(make(`(${code})`))?.kind).toBe(kind);
  });
});

it('a server is told from its class', () => {
  expect(recognise(createServer(() => {}))?.kind).toBe('server');
});

it.each(['3', 'null', 'undefined', '"text"', '({})', '[]', '() => {}'])(
  '%s is nothing that is known',
  (code) => {
    expect(recognise(make(code))).toBeUndefined();
  },
);

it('an application of another kind is called as what it is', async () => {
  const node = recognise((_req: never, res: { end(text: string): void }) => res.end('node'));
  const fetch = recognise({ fetch: () => new Response('fetch') });
  expect((await call(node?.application as never)).text).toBe('node');
  expect((await call(fetch?.application as never)).text).toBe('fetch');
  expect(recognise(demoApp)?.application).toBe(demoApp);
});

it('a mark wins: adapted applications, and those that as() names, are what they were made of', async () => {
  const minified = make('(a, b) => b.end("x")');
  const marked = as('node', minified);
  expect(recognise(marked)).toEqual({ kind: 'node', application: marked });
  expect((await call(marked)).text).toBe('x');
  expect(recognise(nodeHandler(minified))?.kind).toBe('node');
  expect(recognise(fetchHandler(() => new Response()))?.kind).toBe('fetch');
  expect(recognise(as('wsgi', (request: never) => request))?.kind).toBe('wsgi');
  expect(
    recognise(
      as(
        'server',
        createServer(() => {}),
      ),
    )?.kind,
  ).toBe('server');
});

it('middleware around an adapted application makes a WSGI-style one', () => {
  expect(recognise(validator(as('node', make('(a, b) => {}'))))?.kind).toBe('wsgi');
});

it('what cannot be of a kind is refused', () => {
  for (const kind of ['wsgi', 'fetch', 'node', 'server'] as const)
    expect(() => as(kind, 3)).toThrow(expect.objectContaining({ code: 'ERR_ADAPTER_HANDLER' }));
  expect(() => as('perl' as never, () => {})).toThrow(/there are wsgi, fetch, node, server/);
});

it('the error for an export that is nothing shows what would be something', () => {
  const { code, message } = unknownExport({ app: 1 });
  expect(code).toBe('ERR_ADAPTER_UNKNOWN');
  expect(message).toMatch(/an object \(Object\).*environ, startResponse.*fetch.*response/s);
});

it('a router with methods of every name, as of itty-router, is a Fetch handler', () => {
  const router = new Proxy({}, { get: () => () => new Response('x') });
  expect(recognise(router)?.kind).toBe('fetch');
});
