// Asks servers as web servers and browsers do: by HTTP and SCGI without any code of ours in between, by other
// protocols with `sluice request`.
import { execFile } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { exchange } from '../support/http-client.ts';
import { SLUICE } from '../support/sluice.ts';
import { inTime } from '../support/until.ts';

/** What comes with a request. */
export interface Asked {
  readonly query?: string;
  /** With a body the method is POST. */
  readonly body?: string;
}

/** The body of what a server answers, which has to be 200. */
export async function ask(address: string, path: string, asked: Asked = {}): Promise<string> {
  const { query = '', body } = asked;
  if (address.startsWith('http:')) {
    const sent = body === undefined ? {} : { method: 'POST', body: Buffer.from(body) };
    const { status, text } = await exchange(address, query ? `${path}?${query}` : path, sent);
    if (status !== 200) throw new Error(`${address} answered ${path} with ${status}`);
    return text;
  }
  if (!address.startsWith('scgi')) return await askByCommand(address, path, asked);
  const [, host = '', port] = /^scgi:\/\/(.*):(\d+)$/.exec(address) ?? [];
  const unix = address.replace('scgi+unix:', '');
  const socket = port ? connect(Number(port), host.replace(/[[\]]/g, '')) : connect(unix);
  const answer = await inTime('an answer', talk(socket, scgiRequest(path, asked)));
  return bodyOf(answer);
}

/** The body of what an HTTP server answers to a proxy that begins connections with a PROXY header. */
export async function askByProxy(address: string, path: string): Promise<string> {
  const { hostname, port } = new URL(address);
  const header = 'PROXY TCP4 192.0.2.9 192.0.2.7 40000 80\r\n';
  const request = `${header}GET ${path} HTTP/1.0\r\nHost: www.example.org\r\n\r\n`;
  const answer = await inTime('an answer', talk(connect(Number(port), hostname), request));
  const body = /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*\r\n([\s\S]*)$/.exec(answer)?.[1];
  if (body === undefined) throw new Error(`${address} answered ${JSON.stringify(answer)}`);
  return body;
}

/** A status of 400 or above is an exit status, and an error here. */
async function askByCommand(address: string, path: string, asked: Asked): Promise<string> {
  const { query = '', body } = asked;
  const target = query ? `${path}?${query}` : path;
  const words = [SLUICE, 'request', address, target, ...(body === undefined ? [] : ['-d', body])];
  const { stdout } = await promisify(execFile)(process.execPath, words, { encoding: 'latin1' });
  return stdout;
}

/** The body of an SCGI answer, which has to be 200. */
export function bodyOf(answer: string): string {
  const match = /^Status: 200 OK\r\n(?:.+\r\n)*\r\n([\s\S]*)$/.exec(answer);
  if (!match) throw new Error(`the answer is ${JSON.stringify(answer.slice(0, 500))}`);
  return match[1] as string;
}

/** Sends bytes and collects the answer to its end. */
export async function talk(socket: Socket, request: string): Promise<string> {
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  socket.write(request, 'latin1');
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject).on('close', () => resolve());
  });
  return answer;
}

/**
 * A request as a web server sends it by SCGI.
 *
 * @param changed - variables that are otherwise; undefined leaves one out
 */
export function scgiRequest(
  path: string,
  { query = '', body = '' }: Asked = {},
  changed: Readonly<Record<string, string | undefined>> = {},
): string {
  const variables = {
    CONTENT_LENGTH: String(body.length),
    SCGI: '1',
    REQUEST_METHOD: body === '' ? 'GET' : 'POST',
    REQUEST_URI: query ? `${path}?${query}` : path,
    QUERY_STRING: query,
    SCRIPT_NAME: '',
    PATH_INFO: path,
    SERVER_NAME: 'localhost',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    ...changed,
  };
  const block = Object.entries(variables)
    .map(([name, value]) => (value === undefined ? '' : `${name}\0${value}\0`))
    .join('');
  return `${block.length}:${block},${body}`;
}
