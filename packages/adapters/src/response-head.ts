// The head of a response of node:http, as an application of a gateway gives it.
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { ResponseHeaders } from '@sluice/gateway';

/** What `setHeader()` has collected: by name in lower case, the name as it was written, and the value. */
export type CollectedHeaders = Readonly<Record<string, readonly [name: string, value: unknown]>>;

/** Concern the connection, which the web server manages; `Status` would be the status of a CGI answer. */
const DROPPED = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'status',
  'te',
  'trailer',
  'trailers',
  'transfer-encoding',
  'upgrade',
]);

/** Whether a header goes to the web server. */
export function isSentHeader(name: string): boolean {
  return !DROPPED.has(name.toLowerCase());
}

/** Headers that were set one by one, and checked then. */
export function collectedHeaders(collected: CollectedHeaders): ResponseHeaders {
  const headers: ResponseHeaders = [];
  for (const key in collected) {
    const [name, value] = collected[key] as readonly [string, unknown];
    if (!DROPPED.has(key)) add(headers, name, value);
  }
  return headers;
}

/**
 * Headers that came with `writeHead()` alone: an object, a list of pairs, or name, value, name, value …
 *
 * @throws TypeError as node:http does, for a name or value that HTTP forbids
 */
export function givenHeaders(given: unknown): ResponseHeaders {
  const headers: ResponseHeaders = [];
  if (Array.isArray(given)) {
    const isFlat = !Array.isArray(given[0]);
    for (let at = 0; at < given.length; at += isFlat ? 2 : 1) {
      const [name, value] = isFlat ? [given[at], given[at + 1]] : given[at];
      addChecked(headers, name, value);
    }
  } else if (given) {
    const named = given as Record<string, unknown>;
    for (const name in named)
      if (Object.hasOwn(named, name)) addChecked(headers, name, named[name]);
  }
  return headers;
}

function addChecked(headers: ResponseHeaders, name: string, value: unknown): void {
  validateHeaderName(name);
  if (Array.isArray(value)) for (const one of value) validateHeaderValue(name, one);
  else validateHeaderValue(name, value as string);
  if (isSentHeader(name)) add(headers, name, value);
}

function add(headers: ResponseHeaders, name: string, value: unknown): void {
  if (typeof value === 'string') headers.push([name, value]);
  else if (Array.isArray(value)) for (const one of value) headers.push([name, String(one)]);
  else headers.push([name, String(value)]);
}
