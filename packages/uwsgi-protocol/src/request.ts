// What must hold of the variables of a request, and the length of its body.
import { isToken, ProtocolError, parseLength } from '@sluice/protocol';
import type { Block } from './vars.ts';

/**
 * Checks the variables of a request and takes `HTTP_TRANSFER_ENCODING` out: what it names was undone by
 * the web server, the body on this connection is CONTENT_LENGTH bytes and nothing else.
 *
 * @returns the length of the body
 * @throws ProtocolError with status hint 400
 */
export function checkRequest({ variables, hasControls }: Block): number {
  if (hasControls) refuseControls(variables);
  let method: string | undefined;
  let contentLength: string | undefined;
  for (let at = 0; at < variables.length; at += 2) {
    const name = variables[at] as string;
    // Two names of one length: nearly all others are told apart without comparing a character.
    if (name.length === 14) {
      const value = variables[at + 1] as string;
      if (name === 'REQUEST_METHOD') {
        if (method !== undefined && method !== value)
          throw refused('ERR_UWSGI_METHOD', 'two REQUEST_METHOD that differ');
        method = value;
      } else if (name === 'CONTENT_LENGTH') {
        if (contentLength !== undefined && contentLength !== value)
          throw refused('ERR_UWSGI_CONTENT_LENGTH', 'two CONTENT_LENGTH that differ');
        contentLength = value;
      }
    } else if (name.length === 22 && name === 'HTTP_TRANSFER_ENCODING') {
      variables.splice(at, 2);
      at -= 2;
    }
  }
  if (method === undefined) throw refused('ERR_UWSGI_METHOD', 'no REQUEST_METHOD');
  if (!isToken(method)) throw refused('ERR_UWSGI_METHOD', 'REQUEST_METHOD is not a token');
  // nginx sends it empty where there is no body
  if (contentLength === undefined || contentLength === '') return 0;
  const length = parseLength(contentLength);
  if (length === undefined)
    throw refused('ERR_UWSGI_CONTENT_LENGTH', 'CONTENT_LENGTH is not plain digits');
  return length;
}

const CONTROL = /[\0\r\n]/;
const LINE = /^(?:HTTP_|REQUEST_METHOD$|SERVER_PROTOCOL$)/;

/** A value may be any bytes; but not where it was, and may become again, a part of a line of HTTP. */
function refuseControls(variables: readonly string[]): void {
  for (let at = 0; at < variables.length; at += 2) {
    const name = variables[at] as string;
    const value = variables[at + 1] as string;
    const isWrong = LINE.test(name)
      ? CONTROL.test(value)
      : name === 'PATH_INFO' && value.includes('\0');
    if (isWrong) throw refused('ERR_UWSGI_CONTROL', `${name.slice(0, 60)} holds NUL, CR or LF`);
  }
}

function refused(code: string, message: string): ProtocolError {
  return new ProtocolError(code, message, { statusHint: 400 });
}
