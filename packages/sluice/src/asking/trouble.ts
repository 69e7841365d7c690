// Says what is wrong when a server gives no answer, or an odd one: what happened, and the usual mistake.
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { AskedServer, BackEnd, Target } from '@sluice/back-ends';
import { fromLatin1, type SluiceError } from '@sluice/protocol';
import type { ProtocolName } from '../registry.ts';
import { spokenBy, strangeAnswer } from './spoken-protocol.ts';
import type { Wire } from './wire.ts';

/** Where a request went, and what is known of its fate. */
export interface Scene extends Pick<AskedServer, 'address' | 'settings' | 'variables' | 'isPing'> {
  readonly protocol: ProtocolName;
  readonly backEnd: BackEnd;
  readonly target: Target;
  readonly wire: Wire;
}

/** The one line for a request that got no answer, or not all of it. */
export async function troubleOf(error: SluiceError, scene: Scene): Promise<string> {
  const code = systemCode(error);
  const strange = isProgram(scene) ? undefined : await strangeAnswer(scene);
  if (strange !== undefined) return oneLine(strange);
  const hint = await hintOf(error, code, scene);
  const what = whatHappened(error, code, scene);
  return oneLine(hint === '' ? what : `${what}. ${hint}`);
}

/** Whether a program was started for the request, and no server asked. */
function isProgram({ target }: Scene): boolean {
  return target.type === 'file';
}

/** The scene for those who know the servers of a protocol. */
async function askedServer(scene: Scene): Promise<AskedServer> {
  const { address, settings, variables, isPing, wire } = scene;
  const spoken = (await spokenBy(wire.first))?.name;
  return { address, settings, variables, isPing, headSize: wire.headSize, spoken };
}

function whatHappened(error: SluiceError, code: string | undefined, scene: Scene): string {
  const { address, wire } = scene;
  const why = code === undefined ? '' : ` (${code})`;
  const isLost = error.code === 'ERR_BACK_END_CONNECT';
  if (isLost && wire.sentSize === 0 && code !== undefined)
    return `${address} cannot be reached: ${SYSTEM_ERRORS[code] ?? 'it failed'}${why}`;
  if (!isProgram(scene) && wire.sentSize > 0 && !isLate(error)) {
    if (wire.receivedSize === 0) return `${address} closed the connection without an answer${why}`;
    if (isLost && !code?.startsWith('HPE_'))
      return `${address} closed the connection inside its answer${why}`;
  }
  if (isProgram(scene) && isHeadless(error) && wire.receivedSize === 0)
    return `${address}: the script ended and wrote nothing to its standard output`;
  // Messages about the connection name the address themselves.
  const isNamed = ADDRESSED.test(error.message) || error.message.includes(address);
  return isNamed ? error.message : `${address}: ${error.message}`;
}

const ADDRESSED = /\b[a-z]+(?::\/\/|\+unix:)\S/;

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOENT: 'there is no such socket',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to this network',
  ETIMEDOUT: 'the connection was not answered',
  EAGAIN: 'too many connections wait there already',
  EPROTOTYPE: 'it is a datagram socket, not a stream socket',
  ENOTSOCK: 'it is no socket',
  ENOTDIR: 'there is no such folder',
};

/** The code of the system call or parser that failed behind an error. */
function systemCode(error: SluiceError): string | undefined {
  for (let { cause } = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== undefined && !code.startsWith('ERR_')) return code;
  }
  return undefined;
}

async function hintOf(error: SluiceError, code: string | undefined, scene: Scene): Promise<string> {
  const { wire, target, backEnd } = scene;
  if (isProgram(scene)) return scriptHint(error, wire);
  if (wire.sentSize === 0) {
    if (code !== undefined)
      return target.type === 'unix' ? socketHint(code, target.path) : portHint(code);
    return isLate(error)
      ? 'Nothing was sent yet: does a firewall drop the connection, or does the body on standard input not end?'
      : '';
  }
  if (wire.receivedSize === 0) return isLate(error) ? silentHint(scene) : await closedHint(scene);
  if (isLate(error)) return `${wire.receivedSize} bytes of it had come`;
  if (error.code === 'ERR_CGI_TRUNCATED')
    return backEnd.diagnosis?.truncated?.(await askedServer(scene)) ?? '';
  return error.code === 'ERR_CGI_HEAD' ? NO_HEAD : '';
}

function isLate({ code }: SluiceError): boolean {
  return code === 'ERR_BACK_END_TIMEOUT' || code === 'ERR_REQUEST_TIMEOUT';
}

function isHeadless({ code }: SluiceError): boolean {
  return code === 'ERR_CGI_HEAD' || code === 'ERR_CGI_TRUNCATED';
}

const NO_HEAD =
  'Before an answer’s body come its headers, such as Content-Type: text/html, and an empty line; does the application print something before them?';
function portHint(code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'Nothing listens there: is the server running, and on this address and port?';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'Is the name right?';
    default:
      return 'Is the address right, and does a firewall let this machine through?';
  }
}

function socketHint(code: string, path: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return isSocket(path)
        ? 'The socket is there, but nobody listens on it, yet or any more: is the server running?'
        : 'This is a file and no socket: is the path right?';
    case 'ENOENT':
    case 'ENOTDIR':
      return 'Is the server running, and is this the path in its configuration?';
    case 'EACCES':
    case 'EPERM':
      return `${permissionsOf(path)}; run this as the web server’s user, or let others in (php-fpm: listen.mode, uWSGI: --chmod-socket, Sluice: ?mode=666)`;
    default:
      return '';
  }
}

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

function permissionsOf(path: string): string {
  const who = userInfo().username;
  try {
    const { mode, uid, gid } = statSync(path);
    const octal = (mode & 0o777).toString(8).padStart(3, '0');
    return `The user ${who} may not write to it: its mode is ${octal}, its owner ${uid}, its group ${gid}`;
  } catch {
    return `The user ${who} may not pass through its folder`;
  }
}

function silentHint({ wire, protocol, isPing }: Scene): string {
  return isPing
    ? 'It took the question and is silent: all of its workers are busy, or it knows no such question; ask for a page instead'
    : `It took the request (${wire.sentSize} bytes) and is silent: all of its workers are busy, the application hangs, or it speaks another protocol than ${protocol}`;
}

/** A server that takes a request, closes and says nothing. */
async function closedHint(scene: Scene): Promise<string> {
  const usual = `another protocol than ${scene.protocol} on this port, a list of clients that this machine is not on, or a crash; its log may tell`;
  const known = scene.backEnd.diagnosis?.closed?.(await askedServer(scene));
  return known === undefined ? `Usual reasons: ${usual}` : `${known} Otherwise: ${usual}`;
}

function scriptHint(error: SluiceError, wire: Wire): string {
  if (error.code === 'ERR_BACK_END_SCRIPT') return ''; // it did not start
  if (isLate(error)) return 'The script was still running, and is ended';
  if (wire.receivedSize === 0) return 'What it wrote to its standard error stream may tell why';
  return isHeadless(error) ? NO_HEAD : '';
}

/**
 * What an answer above 399 may mean.
 *
 * @param status - of the answer
 * @param said - the beginning of its body, and what the server wrote to its error stream
 */
export async function adviceFor(
  status: number,
  said: string,
  scene: Scene,
): Promise<string | undefined> {
  if (status < 400) return undefined;
  return scene.backEnd.diagnosis?.refused?.(status, said, await askedServer(scene));
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a server must not write to the terminal
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/** The beginning of a body, as text to look through. */
export function beginning(bytes: Uint8Array): string {
  return fromLatin1(bytes, 0, Math.min(bytes.length, 1024));
}
