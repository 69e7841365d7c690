// Which kind of application an export is.
//
// Theory: what a framework makes is told by its methods. A plain function is told by the names of its
// parameters, and where they are no known words, as in minified code, by their number: two are
// (environ, startResponse), three (request, response, next), one (request) of Fetch, and any number, as
// middleware takes them, those of PEP 3333. A mark wins.
import { has, isMaker, isRouting, isServer, isStack } from './export-shapes.ts';
import { type ApplicationKind, markOf } from './marks.ts';

/**
 * Tells what an export is.
 *
 * @param exported - what a module exports
 * @returns undefined when it is none of the kinds that are known
 */
export function kindOf(exported: unknown): ApplicationKind | undefined {
  const marked = markOf(exported);
  if (marked) return marked;
  if (has(exported, 'fetch')) return 'fetch'; // first: a router of itty-router has methods of every name
  if (isServer(exported)) return 'server';
  if (isRouting(exported) || isMaker(exported) || isStack(exported)) return 'node';
  return typeof exported === 'function' ? kindOfFunction(exported) : undefined;
}

const WORDS = {
  environ: /^_*(?:environ|env)$/i,
  startResponse: /^_*(?:start|respond$)/i,
  request: /^_*(?:req|request|incoming|message)$/i,
  response: /^_*(?:res|resp|response|reply|outgoing)$/i,
} as const;

function kindOfFunction(exported: { readonly length: number }): ApplicationKind | undefined {
  const text = Function.prototype.toString.call(exported);
  if (/^(?:class\b|(?:async\s*)?(?:function\s*)?\*)/.test(text)) return 'wsgi';
  const names = parametersOf(text, exported.length);
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

/** Names of the parameters; one that is taken apart has none of its own, and neither have those of a bound function. */
function parametersOf(text: string, length: number): string[] {
  if (/\{\s*\[native code\]\s*\}$/.test(text)) return Array(length).fill('bound');
  const arrow = /^(?:async\s+)?([\w$]+)\s*=>/.exec(text);
  if (arrow) return [arrow[1] as string];
  const list = /^[^(]*\(([^)]*)\)/.exec(text)?.[1] ?? '';
  const whole = list.replace(/\{[^{}]*\}|\[[^[\]]*\]/g, 'parts');
  return whole
    .split(',')
    .map((name) => name.replace(/=.*/s, '').trim())
    .filter((name) => name !== '');
}
