// The variables of a request that nobody sent: as a web server would make them (RFC 3875, section 4.1).
import type { BackEnd, Target } from '@sluice/back-ends';
import { decodePath, guessScheme } from '@sluice/gateway';
import { isToken, OptionError, parseLength } from '@sluice/protocol';
import { joinHeaderValues, variableOfHeader } from 'cgi-protocol';
import type { RequestWords } from './words.ts';

/** Variables by name; one character is one byte. */
export type RequestVariables = Record<string, string>;

const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
const FORM = 'application/x-www-form-urlencoded'; // as curl's --data

/**
 * Makes the variables.
 *
 * @param words - what was asked for
 * @param backEnd - the protocol that they are for
 * @param target - where the server is
 * @param length - bytes of the body; undefined when nobody knows, 0 without one
 * @throws OptionError `ERR_OPTION_VALUE`
 */
export function requestVariables(
  words: RequestWords,
  backEnd: BackEnd,
  target: Target,
  length: number | undefined,
): RequestVariables {
  const given = givenVariables(words.variables, backEnd);
  // Behind a web server nobody sees the port that its gateway protocol has.
  const ownHost = backEnd.name === 'http' ? hostOf(target) : 'localhost';
  const headers = headerVariables(words.headers, words.data, ownHost);
  const method =
    given.REQUEST_METHOD ?? words.method ?? (words.data === undefined ? 'GET' : 'POST');
  if (!isToken(method)) throw wrong(`${JSON.stringify(method)} is no method`);
  const scheme = given.REQUEST_SCHEME ?? guessScheme(given);
  const [, host = 'localhost', port] =
    /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(headers.HTTP_HOST ?? '') ?? [];
  const variables: RequestVariables = {
    REQUEST_METHOD: method,
    ...pathVariables(words),
    SERVER_PROTOCOL: 'HTTP/1.1',
    REQUEST_SCHEME: scheme,
    SERVER_NAME: host === '' ? 'localhost' : host,
    SERVER_PORT: port ?? (scheme === 'https' ? '443' : '80'),
    SERVER_SOFTWARE: 'Sluice',
    GATEWAY_INTERFACE: 'CGI/1.1',
    REMOTE_ADDR: '127.0.0.1',
    REMOTE_PORT: '49152', // no client has it, and some applications insist on one
    ...headers,
  };
  if (words.data !== undefined || WITH_BODY.has(method)) {
    if (length !== undefined) variables.CONTENT_LENGTH ??= String(length);
  }
  Object.assign(variables, given);
  checkLength(variables, length);
  return variables;
}

/** REQUEST_URI as a client writes it, and what a web server takes from it. */
function pathVariables({ path: written, scriptName }: RequestWords) {
  const mount = asBytes(scriptName === undefined ? '' : scriptName.replace(/\/+$/, ''));
  if (mount !== '' && !mount.startsWith('/'))
    throw wrong(`--script-name begins with a slash: /${scriptName}`);
  const uri = (written ?? `${scriptName?.replace(/\/+$/, '') ?? ''}/`).replace(
    /[^\x21-\x7e]+/g,
    encodeURIComponent,
  );
  const question = uri.indexOf('?');
  const path = decodePath(question < 0 ? uri : uri.slice(0, question));
  const rest = path.slice(mount.length);
  if (!path.startsWith(mount) || !(rest === '' || mount === '' || rest.startsWith('/')))
    throw wrong(
      `the path ${written} is not below --script-name ${scriptName}; it is the whole path, as a client asks for it`,
    );
  return {
    REQUEST_URI: uri,
    SCRIPT_NAME: mount,
    PATH_INFO: rest,
    QUERY_STRING: question < 0 ? '' : uri.slice(question + 1),
  };
}

function headerVariables(
  headers: readonly string[],
  data: string | undefined,
  host: string,
): RequestVariables {
  const variables: RequestVariables = {
    HTTP_HOST: host,
    HTTP_USER_AGENT: 'sluice-request',
    HTTP_ACCEPT: '*/*',
    ...(data === undefined ? {} : { CONTENT_TYPE: FORM }),
  };
  const given = new Set<string>();
  for (const header of headers) {
    const colon = header.indexOf(':');
    if (colon < 0) throw wrong(`a header is written 'Name: value', not ${JSON.stringify(header)}`);
    const name = header.slice(0, colon);
    const value = asBytes(header.slice(colon + 1).trim());
    const variable = variableOfHeader(name);
    if (variable === '')
      throw wrong(
        `web servers do not pass a header ${JSON.stringify(name)} on: names have letters, digits and -, and Proxy is kept back; use --variable`,
      );
    checkLine(name, value);
    const first = variables[variable] as string;
    if (value === '') delete variables[variable];
    else
      variables[variable] = given.has(variable) ? joinHeaderValues(variable, first, value) : value;
    if (value !== '') given.add(variable);
  }
  return variables;
}

/** A Host that the server expects: its own address, where that is what clients connect to. */
function hostOf(target: Target): string {
  if (target.type !== 'tcp') return 'localhost';
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return `${host}:${target.port}`;
}

function givenVariables(pairs: readonly string[], backEnd: BackEnd): RequestVariables {
  const variables: RequestVariables = {};
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (equals < 0) throw wrong(`a variable is written NAME=VALUE, and ${name}= when it is empty`);
    if (!/^[A-Z_][A-Z0-9_]*$/.test(name))
      throw wrong(
        `${JSON.stringify(name)} is no name of a variable: capital letters, digits and _ are`,
      );
    if (name === 'HTTP_PROXY' || /^HTTP_CONTENT_(?:LENGTH|TYPE)$/.test(name))
      throw wrong(`no back-end passes ${name} on: programs take it for something else`);
    if (backEnd.carries?.(name) === false)
      throw wrong(`${backEnd.name} has no place for ${name}: it would not arrive`);
    const value = asBytes(pair.slice(equals + 1));
    if (name.startsWith('HTTP_')) checkLine(name, value);
    variables[name] = value;
  }
  return variables;
}

/** What CONTENT_LENGTH says and what follows may differ for a test, where it can be sent at all. */
function checkLength(variables: RequestVariables, length: number | undefined): void {
  const text = variables.CONTENT_LENGTH;
  if (text === undefined) return;
  const announced = parseLength(text);
  if (text === '' && length === 0) delete variables.CONTENT_LENGTH;
  else if (announced === undefined)
    throw wrong(`CONTENT_LENGTH is digits, not ${JSON.stringify(text)}`);
  else if (length !== undefined && announced < length)
    throw wrong(`CONTENT_LENGTH is ${announced}, and the body has ${length} bytes`);
}

function checkLine(name: string, value: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no header has
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(value))
    throw wrong(`${name} holds a line end or another control character`);
}

/** Words of the command line are UTF-8; one character of an environ is one byte. */
function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function wrong(why: string): OptionError {
  return new OptionError('ERR_OPTION_VALUE', why);
}
