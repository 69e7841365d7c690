// An export in words: what it is, or what it might have been.
import { OptionError } from '@sluice/protocol';
import { has, isMaker, isRouting, isStack, typeOf } from './export-shapes.ts';
import type { ApplicationKind } from './marks.ts';

/**
 * What an export is, with its article, and whose where that shows: `a Node handler (Express)`.
 *
 * @param kind - what it is taken for
 * @param exported - what a module exports
 */
export function describeExport(kind: ApplicationKind, exported: unknown): string {
  const what = NAMES[kind];
  const framework = kind === 'wsgi' ? undefined : frameworkOf(kind, exported);
  return framework === undefined ? what : `${what} (${framework})`;
}

const NAMES: Readonly<Record<ApplicationKind, string>> = {
  wsgi: 'a WSGI-style application',
  fetch: 'a Fetch handler',
  node: 'a Node handler',
  server: 'an http.Server',
};

function frameworkOf(kind: ApplicationKind, exported: unknown): string | undefined {
  if (kind !== 'fetch') {
    if (isRouting(exported)) return 'Fastify';
    if (isStack(exported)) return has(exported, 'engine') ? 'Express' : 'Connect';
    if (isMaker(exported)) return has(exported, 'createContext') ? 'Koa' : undefined;
    return undefined;
  }
  if (!has(exported, 'fetch')) return undefined;
  // A literal, and what is minified, say nothing.
  const name = (exported as object).constructor?.name ?? '';
  return /^(?:Object|Function|AsyncFunction|.{0,2})$/.test(name) ? undefined : name;
}

/**
 * The error for an export that is nothing that is known; it shows the shapes that are.
 *
 * @param exported - what a module exports
 * @param name - what is at fault, for the beginning of the message: `the export`
 * @returns an error `ERR_ADAPTER_UNKNOWN`
 */
export function unknownExport(exported: unknown, name = 'the export'): OptionError {
  return new OptionError(
    'ERR_ADAPTER_UNKNOWN',
    `${name} is ${typeOf(exported)}, and none of these:\n${SHAPES}`,
  );
}

/** What an application may be, a line each. */
export const SHAPES = `    (environ, startResponse) => [bytes]     a WSGI-style application (wsgi)
    { fetch: (request) => response }        a Fetch handler: Hono, h3, itty-router (fetch)
    (request, response) => { … }            a Node handler: Express, Koa, Connect, Fastify (node)
    http.createServer(…)                    a server with its listeners (server)`;
