// The rules of start_response (PEP 3333, "The start_response() Callable"): the one place where a
// response head is checked, before any protocol writes it.
import { GatewayError, isToken, parseLength } from '@sluice/protocol';
import type { ResponseHeaders } from './application.ts';
import { isHopByHop } from './request-uri.ts';

/** A head that an application gave, checked; not sent yet. */
export interface PendingHead {
  readonly status: string;
  readonly headers: ResponseHeaders;
  /** Three digits as a number. */
  readonly code: number;
  /** The Content-Length that the application gave. */
  readonly contentLength: number | undefined;
}

const STATUS = /^[2-5][0-9]{2} [\t\x20-\x7e\x80-\xff]*$/;
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/; // control characters would split the response; above U+00FF is no byte
const LONGEST_KNOWN = 64;
const KNOWN_LIMIT = 512;
const goodNames = new Map<string, boolean>(); // name → whether it is Content-Length

/**
 * Checks the arguments of startResponse.
 *
 * @throws GatewayError `ERR_GATEWAY_STATUS` or `ERR_GATEWAY_HEADERS`
 */
export function checkHead(status: string, headers: ResponseHeaders): PendingHead {
  if (typeof status !== 'string' || !STATUS.test(status)) {
    throw new GatewayError(
      'ERR_GATEWAY_STATUS',
      `status ${show(status)} is not like '200 OK': three digits from 200 to 599, a space, a reason`,
    );
  }
  if (!Array.isArray(headers))
    throw bad(`headers must be a list of [name, value], not ${show(headers)}`);
  let contentLength: number | undefined;
  const copy: ResponseHeaders = []; // the application may change its list later
  for (const header of headers) {
    if (!Array.isArray(header) || header.length !== 2)
      throw bad(`header ${show(header)} is not [name, value]`);
    const [name, value] = header;
    const isLength = goodNames.get(name) ?? checkName(name);
    if (typeof value !== 'string')
      throw bad(`the value of header ${name} is ${show(value)}, not a string`);
    if (BAD_VALUE.test(value))
      throw bad(
        `the value of header ${name} holds a control character or one above U+00FF: ${show(value)}`,
      );
    if (isLength) {
      if (contentLength !== undefined) throw bad('two Content-Length');
      contentLength = parseLength(value);
      if (contentLength === undefined)
        throw bad(`Content-Length ${show(value)} is not plain digits`);
    }
    copy.push([name, value]);
  }
  const code =
    (status.charCodeAt(0) - 48) * 100 +
    (status.charCodeAt(1) - 48) * 10 +
    status.charCodeAt(2) -
    48;
  return { status, headers: copy, code, contentLength };
}

function checkName(name: unknown): boolean {
  if (typeof name !== 'string' || !isToken(name))
    throw bad(`header name ${show(name)} is not a token`);
  const lower = name.toLowerCase();
  // The CGI family would read it as the status of the response.
  if (lower === 'status') throw bad('a header named Status: give the status as the first argument');
  // PEP 3333, "Other HTTP Features": hop-by-hop fields belong to the server.
  if (isHopByHop(lower))
    throw bad(`header ${name} concerns the connection, which the server manages`);
  const isLength = lower === 'content-length';
  if (name.length <= LONGEST_KNOWN && goodNames.size < KNOWN_LIMIT) goodNames.set(name, isLength);
  return isLength;
}

function bad(message: string): GatewayError {
  return new GatewayError('ERR_GATEWAY_HEADERS', message);
}

/** A value for a message; one that cannot be made a string is named by its type. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

function show(value: unknown): string {
  const text = describeValue(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
