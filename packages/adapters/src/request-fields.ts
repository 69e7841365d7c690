// The header fields of a request, as node:http tells them, from the variables of an environ.
import type { Environ } from '@sluice/gateway';

/** Fields under both of their names. */
export interface RequestFields {
  /** Name, value, name, value … in the order of the variables. */
  readonly raw: string[];
  /** By names in lower case, as `IncomingMessage.headers`. */
  readonly headers: Record<string, string | string[]>;
}

interface FieldName {
  /** `User-Agent` */
  readonly written: string;
  /** `user-agent` */
  readonly key: string;
}

const FIELD = /^HTTP_[A-Z0-9_]+$/;
const KNOWN_LIMIT = 512; // field names are the client's choice: the memory of them must end somewhere
/** By variable; null: the variable is no field. */
const known = new Map<string, FieldName | null>();
/** Those that are not written with one capital for each word. */
const WRITTEN: Readonly<Record<string, string>> = { dnt: 'DNT', te: 'TE', etag: 'ETag' };

/** What is believed where Authorization itself does not get through: Apache renames it at a rewrite. */
const REDIRECTED = 'REDIRECT_HTTP_AUTHORIZATION';

/** The fields of a request; of a field that came twice, the values are joined already. */
export function requestFields(environ: Environ): RequestFields {
  const raw: string[] = [];
  const headers: Record<string, string | string[]> = {};
  for (const variable in environ) {
    let field = known.get(variable);
    if (field === undefined) field = learn(variable);
    if (field === null) continue;
    const value = environ[variable] as string;
    if (value === '0' && field.key === 'content-length' && isWithoutBody(environ)) continue;
    raw.push(field.written, value);
    headers[field.key] = value;
  }
  if (headers['set-cookie'] !== undefined)
    headers['set-cookie'] = [headers['set-cookie'] as string];
  const redirected = environ[REDIRECTED];
  if (redirected && headers.authorization === undefined)
    add(raw, headers, 'Authorization', redirected as string);
  // Connection ends at the web server; whoever looks for Upgrade looks for it too.
  if (headers.upgrade !== undefined && headers.connection === undefined)
    add(raw, headers, 'Connection', 'Upgrade');
  // Nothing else says that a body follows: frameworks look for one of the two.
  if (isUnmeasured(environ)) add(raw, headers, 'Transfer-Encoding', 'chunked');
  return { raw, headers };
}

function add(
  raw: string[],
  headers: RequestFields['headers'],
  written: string,
  value: string,
): void {
  raw.push(written, value);
  headers[written.toLowerCase()] = value;
}

/** Whether a body may follow whose length nobody knows. */
function isUnmeasured(environ: Environ): boolean {
  if (environ.CONTENT_LENGTH !== undefined || environ['wsgi.input'].isEmpty) return false;
  return !isWithoutBody(environ);
}

/** SCGI tells a length of each request, but frameworks take any length for that of a body. */
function isWithoutBody({ REQUEST_METHOD: method }: Environ): boolean {
  return method === 'GET' || method === 'HEAD';
}

function learn(variable: string): FieldName | null {
  const field = fieldOf(variable);
  if (known.size < KNOWN_LIMIT) known.set(variable, field);
  return field;
}

function fieldOf(variable: string): FieldName | null {
  const name =
    variable === 'CONTENT_TYPE' || variable === 'CONTENT_LENGTH'
      ? variable
      : FIELD.test(variable)
        ? variable.slice(5)
        : undefined;
  if (name === undefined) return null;
  const key = name.toLowerCase().replaceAll('_', '-');
  const written = WRITTEN[key] ?? key.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
  return { written, key };
}
