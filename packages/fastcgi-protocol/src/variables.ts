// What the parameters of a request mean to the protocol (FastCGI 1.0, sections 5.2 and 6.2).
import { ProtocolError, parseLength } from '@sluice/protocol';
import type { Block } from './block.ts';
import { Role } from './constants.ts';
import { OVERRUN, readPairs } from './name-value-pairs.ts';
import type { FastcgiEvent } from './server-messages.ts';
import type { ServerRequest } from './server-request.ts';

/**
 * Reads the parameters of a request, and makes it wait for the body that they announce.
 *
 * @throws ProtocolError (statusHint 400 or 431) when they are none, too many, or contradict each other
 */
export function startRequest(request: ServerRequest, maxParams: number): FastcgiEvent {
  const { id, role, keep, params } = request;
  const variables = decodeVariables(params, maxParams);
  params.clear();
  const contentLength = contentLengthOf(variables);
  // An Authorizer has no body (section 6.3), and some web servers do not even end its STDIN.
  const ended = role === Role.AUTHORIZER && !contentLength;
  request.due = ended ? 0 : (contentLength ?? Number.POSITIVE_INFINITY);
  request.bodyEnded = ended;
  return { type: 'request', id, role, keep, variables, contentLength, ended };
}

/**
 * Decodes the variables of a request: wire order, repetitions kept, empty names dropped.
 *
 * @throws ProtocolError `ERR_FASTCGI_PAIRS` (statusHint 400) or `ERR_FASTCGI_PARAMS_TOO_LARGE` (431)
 */
function decodeVariables(block: Block, maxParams: number): string[] {
  const pairs = readPairs(block.bytes, block.start, block.end);
  if (!pairs) throw new ProtocolError('ERR_FASTCGI_PAIRS', OVERRUN, { statusHint: 400 });
  if (pairs.length > 2 * maxParams) {
    const message = `more than ${maxParams} variables`;
    throw new ProtocolError('ERR_FASTCGI_PARAMS_TOO_LARGE', message, { statusHint: 431 });
  }
  for (let at = 0; at < pairs.length; at += 2) {
    if (pairs[at] === '') return withoutEmptyNames(pairs);
  }
  return pairs;
}

function withoutEmptyNames(pairs: readonly string[]): string[] {
  return pairs.filter((_, at) => pairs[at - (at % 2)] !== '');
}

/**
 * The length of the body that the variables announce, undefined when they announce none: then STDIN ends it.
 *
 * @throws ProtocolError (statusHint 400) `ERR_FASTCGI_CONTENT_LENGTH` when it is no length, and
 *   `ERR_FASTCGI_CONTRADICTION` when variables that must not differ are there twice and do
 */
function contentLengthOf(variables: readonly string[]): number | undefined {
  let contentLength: string | undefined;
  let method: string | undefined;
  let script: string | undefined;
  for (let at = 0; at < variables.length; at += 2) {
    const name = variables[at] as string;
    if (name.length !== 14 && name.length !== 15) continue; // a comparison less for nearly all names
    if (name === 'CONTENT_LENGTH') contentLength = once(name, contentLength, variables[at + 1]);
    else if (name === 'REQUEST_METHOD') method = once(name, method, variables[at + 1]);
    else if (name === 'SCRIPT_FILENAME') script = once(name, script, variables[at + 1]);
  }
  // nginx sends it empty where there is no body or no length; Caddy sends -1 for a chunked upload.
  if (contentLength === undefined || contentLength === '' || contentLength === '-1')
    return undefined;
  if (contentLength === '0') return 0;
  const length = parseLength(contentLength);
  if (length === undefined) {
    const message = `CONTENT_LENGTH is ${JSON.stringify(contentLength)}, which is no length`;
    throw new ProtocolError('ERR_FASTCGI_CONTENT_LENGTH', message, { statusHint: 400 });
  }
  return length;
}

/** Two values of these would mean two different requests: one to whoever checked it, another to us. */
function once(name: string, before: string | undefined, value: string | undefined) {
  if (before !== undefined && before !== value) {
    const message = `two ${name} that differ`;
    throw new ProtocolError('ERR_FASTCGI_CONTRADICTION', message, { statusHint: 400 });
  }
  return value;
}
