// What the system says of the life of a process: since when, which tells it from another one that has got
// its id later, and whether it is over.
import { readFileSync } from 'node:fs';

/** The life of a process. */
export interface ProcessLife {
  /** When it was started, in milliseconds since 1970. */
  readonly start: number;
  /** It has ended, and its parent has not asked yet how. */
  readonly isOver: boolean;
}

const TICKS = 100; // a second: USER_HZ is the same on all architectures that Node.js runs on

/** The life of a process; undefined where the system does not tell. */
export function lifeOf(pid: number): ProcessLife | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before it may hold anything
    const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1];
    const start = Number(boot) * 1000 + (Number(fields[19]) / TICKS) * 1000;
    if (Number.isNaN(start)) return undefined;
    return { start, isOver: /^[ZX]$/.test(fields[0] as string) };
  } catch {
    return undefined;
  }
}
