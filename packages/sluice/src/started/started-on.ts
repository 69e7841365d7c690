// What a web server started this process for: descriptor 0 tells (FastCGI 1.0, section 2.2).
import { fstatSync, readFileSync, readlinkSync } from 'node:fs';

/** A listening socket to accept on; one request that the environment describes; or neither. */
export type StartedOn = 'listener' | 'request' | 'connection' | 'nothing';

/**
 * Finds out what this process was started for.
 *
 * @param env - its environment: `FCGI_FORCE_CGI` beginning with Y makes it a CGI program in any case
 * @param fd - the descriptor to look at, 0 by default
 */
export function startedOn(env: NodeJS.ProcessEnv, fd = 0): StartedOn {
  const isRequest = env.REQUEST_METHOD !== undefined;
  if (/^y/i.test(env.FCGI_FORCE_CGI ?? '')) return isRequest ? 'request' : 'nothing';
  const isSocket = fstatSync(fd).isSocket();
  if (isSocket && !isConnected(fd)) return 'listener';
  if (isRequest) return 'request';
  return isSocket ? 'connection' : 'nothing';
}

/** Whether getpeername() would find a peer: the kernel's tables say so too. Where there are none, sockets listen. */
function isConnected(fd: number): boolean {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
    if (inode === undefined) return false;
    return TABLES.some(({ file, inodeColumn, stateColumn, unconnected }) =>
      readFileSync(`/proc/self/net/${file}`, 'latin1')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .some((row) => row[inodeColumn] === inode && row[stateColumn] !== unconnected),
    );
  } catch {
    return false; // no such tables on this system
  }
}

/** Column numbers, and the state of a socket without a peer: LISTEN, SS_UNCONNECTED. */
const TABLES = [
  { file: 'unix', inodeColumn: 6, stateColumn: 5, unconnected: '01' },
  { file: 'tcp', inodeColumn: 9, stateColumn: 3, unconnected: '0A' },
  { file: 'tcp6', inodeColumn: 9, stateColumn: 3, unconnected: '0A' },
] as const;
