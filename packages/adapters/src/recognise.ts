// Which kind of application an export is.
//
// Theory: what a framework makes is told by its methods. A plain function is told by the names of its
// parameters, and where they are no known words, as in minified code, by their number: two are
// (environ, startResponse), three (request, response, next), one (request) of Fetch, and any number, as
// middleware takes them, those of PEP 3333. A mark wins.
import { type Application, asApplication } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { fetchHandler } from './fetch-handler.ts';
import { type ApplicationKind, mark, markOf } from './marks.ts';
import { nodeHandler } from './node-handler.ts';
import { isMaker, isRouting, isServer, type NodeSource, typeOf } from './node-source.ts';

/** An export, and the application that it is or was made of it. */
export interface Recognised {
  readonly kind: ApplicationKind;
  readonly application: Application;
}

const KINDS: readonly ApplicationKind[] = ['wsgi', 'fetch', 'node', 'server'];

/**
 * Tells what an export is, and makes an application of it.
 *
 * @param exported - what a module exports
 * @returns undefined when it is none of the kinds that are known; {@link unknownExport} says so
 * @throws OptionError `ERR_ADAPTER_HANDLER` for a server without listeners
 */
export function recognise(exported: unknown): Recognised | undefined {
  const kind = kindOf(exported);
  if (kind === 'wsgi') return { kind, application: asApplication(exported as Application) };
  return kind && { kind, application: as(kind, exported) };
}

/**
 * Makes an application of an export whose kind is known, where {@link recognise} would guess another.
 *
 * @param kind - what it is
 * @param exported - what a module exports
 * @returns an application that is recognised by itself
 * @throws OptionError `ERR_ADAPTER_HANDLER` when it cannot be of that kind
 */
export function as(kind: ApplicationKind, exported: unknown): Application {
  if (markOf(exported) === kind) return exported as Application;
  switch (kind) {
    case 'wsgi': {
      if (typeof exported !== 'function') throw notA('a WSGI-style application', exported);
      const application = asApplication(exported as Application);
      // Somebody else's function is not written on.
      return mark((environ, startResponse) => application(environ, startResponse), kind);
    }
    case 'fetch':
      return fetchHandler(exported as Parameters<typeof fetchHandler>[0]);
    case 'node':
      return nodeHandler(exported as NodeSource);
    case 'server':
      if (!isServer(exported)) throw notA('an http.Server or https.Server', exported);
      return nodeHandler(exported);
    default:
      throw new OptionError(
        'ERR_ADAPTER_HANDLER',
        `there is no kind of application ${JSON.stringify(kind)}; there are ${KINDS.join(', ')}`,
      );
  }
}

/** The error for an export that is nothing that is known; it shows the shapes that are. */
export function unknownExport(exported: unknown): OptionError {
  return new OptionError(
    'ERR_ADAPTER_UNKNOWN',
    `the export is ${typeOf(exported)}, and none of these:
    (environ, startResponse) => [bytes]     a WSGI-style application (wsgi)
    { fetch: (request) => response }        a Fetch handler: Hono, h3, itty-router (fetch)
    (request, response) => { … }            a Node handler: Express, Koa, Connect, Fastify (node)
    http.createServer(…)                    a server with its listeners (server)`,
  );
}

function notA(what: string, exported: unknown): OptionError {
  return new OptionError('ERR_ADAPTER_HANDLER', `${typeOf(exported)} is not ${what}`);
}

function kindOf(exported: unknown): ApplicationKind | undefined {
  const marked = markOf(exported);
  if (marked) return marked;
  if (isServer(exported)) return 'server';
  if (typeof (exported as { fetch?: unknown } | null | undefined)?.fetch === 'function')
    return 'fetch';
  if (isRouting(exported) || isMaker(exported)) return 'node';
  if (typeof exported !== 'function') return undefined;
  // Applications of Express and Connect are functions with methods.
  if (['handle', 'use'].every((name) => typeof exported[name as never] === 'function'))
    return 'node';
  return kindOfFunction(exported);
}

const WORDS = {
  environ: /^_*(?:environ|env)$/i,
  startResponse: /^_*(?:start|respond$)/i,
  request: /^_*(?:req|request|incoming|message)$/i,
  response: /^_*(?:res|resp|response|reply|outgoing)$/i,
} as const;

function kindOfFunction(exported: unknown): ApplicationKind | undefined {
  const text = Function.prototype.toString.call(exported);
  if (/^(?:class\b|(?:async\s*)?(?:function\s*)?\*)/.test(text)) return 'wsgi';
  const names = parametersOf(text);
  const [first = '', second = ''] = names;
  if (WORDS.environ.test(first) || WORDS.startResponse.test(second)) return 'wsgi';
  if (WORDS.response.test(second)) return 'node';
  if (first.startsWith('...')) return 'wsgi';
  if (names.length === 1) return 'fetch';
  if (WORDS.request.test(first)) return names.length > 1 && isContext(second) ? 'fetch' : 'node';
  if (names.length === 2) return 'wsgi';
  return names.length === 3 ? 'node' : undefined;
}

/** How the second parameter of a Fetch handler is called. */
function isContext(name: string): boolean {
  return /^_*(?:env|ctx|context|info|server|options|bindings|platform)$/i.test(name);
}

/** Names of the parameters; one that is taken apart has none of its own. */
function parametersOf(text: string): string[] {
  const arrow = /^(?:async\s+)?([\w$]+)\s*=>/.exec(text);
  if (arrow) return [arrow[1] as string];
  const list = /^[^(]*\(([^)]*)\)/.exec(text)?.[1] ?? '';
  const whole = list.replace(/\{[^{}]*\}|\[[^[\]]*\]/g, 'parts');
  return whole
    .split(',')
    .map((name) => name.replace(/=.*/s, '').trim())
    .filter((name) => name !== '');
}
