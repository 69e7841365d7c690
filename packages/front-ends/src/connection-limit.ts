// How many connections a listener has at once. Without a limit those beyond the descriptors of the
// process would leave none for the work on the others.
import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { printable } from '@sluice/gateway';
import type { Site } from './front-end.ts';

const SPARE = 64; // descriptors that Node, the application, its files and children have for themselves
const PERIOD = 1000; // milliseconds between two log lines

/**
 * Limits the connections of a listener. Those beyond are closed as they come, and counted: a line of the
 * log tells of them, at most one each second.
 *
 * @param server - not listening yet
 * @param protocol - name of the front-end
 * @param site - with its limit and log
 */
export function limitConnections(
  server: Server,
  protocol: string,
  site: Pick<Site, 'log' | 'maxConnections'>,
): void {
  const descriptors = descriptorLimit();
  const most = site.maxConnections ?? connectionsFor(descriptors);
  if (most !== undefined) server.maxConnections = most;
  const why = site.maxConnections
    ? 'as many as there may be'
    : `as many as the ${descriptors} descriptors of a process suffice for (ulimit -n)`;
  const dropped = new Tally((count) => {
    const closed = count === 1 ? 'a connection' : `${count} connections`;
    site.log('warn', `${protocol}: ${closed} closed at once: ${most} are open, ${why}`);
  });
  let reason = '';
  const failed = new Tally((count) => {
    site.log('error', printable(`${protocol}: ${count} connections not accepted: ${reason}`));
  });
  server.on('drop', () => dropped.add());
  server.on('listening', () => {
    // One connection that the system does not give is no reason to end; before, an error is the caller's.
    server.on('error', ({ message }) => {
      reason = message;
      failed.add();
    });
  });
}

/**
 * How many connections so many descriptors suffice for.
 *
 * @param descriptors - undefined where the system sets no limit, or does not tell
 */
export function connectionsFor(descriptors: number | undefined): number | undefined {
  if (descriptors === undefined) return undefined;
  return Math.max(descriptors - SPARE, Math.floor(descriptors / 2));
}

/** How many descriptors this process may have. */
function descriptorLimit(): number | undefined {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined; // there is no /proc
  }
}

/** Counts what may happen often, and tells of it seldom: at once, then once in each period. */
class Tally {
  readonly #tell: (count: number) => void;
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (count: number) => void) {
    this.#tell = tell;
  }

  add(): void {
    this.#count++;
    if (!this.#timer) this.#flush();
  }

  readonly #flush = (): void => {
    const count = this.#count;
    this.#count = 0;
    this.#timer = count > 0 ? setTimeout(this.#flush, PERIOD).unref() : undefined;
    if (count > 0) this.#tell(count);
  };
}
