// A request as a gateway would show it to an access log, and the lines that come of it.
import type { Environ } from '@sluice/gateway';
import { AccessLog } from '../src/access-log.ts';

/** How a request ended. */
export interface Outcome {
  readonly status?: number;
  readonly bytes?: number;
  readonly isCut?: boolean;
  /** What the application does to its environ. */
  readonly change?: (environ: Environ) => void;
}

/** What a request has unless a test says otherwise. */
const VARIABLES = {
  REQUEST_METHOD: 'GET',
  REQUEST_URI: '/a%20page?x=1',
  SERVER_PROTOCOL: 'HTTP/1.1',
  SCRIPT_NAME: '',
  PATH_INFO: '/a page',
  QUERY_STRING: 'x=1',
  REMOTE_ADDR: '192.0.2.7',
  SERVER_NAME: 'example.org',
  SERVER_PORT: '8080',
};

/** An environ with variables beside or instead of the usual ones; undefined leaves one out. */
export function environOf(variables: Readonly<Record<string, unknown>> = {}): Environ {
  const environ: Record<string, unknown> = Object.assign(Object.create(null), VARIABLES, variables);
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete environ[name];
  }
  return environ as unknown as Environ;
}

/** The line that an access log writes for a request. */
export function lineOf(
  format: string,
  variables: Readonly<Record<string, unknown>> = {},
  { status = 200, bytes = 5, isCut = false, change }: Outcome = {},
): string {
  const lines: string[] = [];
  const log = new AccessLog(format, { write: (line) => lines.push(line) });
  const environ = environOf(variables);
  const request = log.begin(environ, { protocol: 'scgi' });
  change?.(environ);
  if (lines.length > 0) throw new Error('a line before the request has ended');
  request.end(status, bytes, isCut);
  if (lines.length !== 1) throw new Error(`${lines.length} lines for one request`);
  return lines[0] as string;
}
