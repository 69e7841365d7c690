// Where a process listens that does not say so, as the system tells.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The TCP port on which a process, or a child that shares its socket, accepts connections; undefined: on none yet. */
export function listeningPort(pid: number): number | undefined {
  try {
    const inodes = new Set(socketsOf(pid));
    for (const row of readFileSync(`/proc/${pid}/net/tcp`, 'latin1').split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/);
      if (state === LISTEN && inodes.has(inode))
        return Number.parseInt(local.split(':')[1] as string, 16);
    }
  } catch {
    // It has not begun, or has ended.
  }
  return undefined;
}

const LISTEN = '0A';

/** The inodes of the sockets of a process. */
function socketsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return []; // closed in the meantime
    }
  });
}
