// A relay in front of a server: it passes bytes on, and counts the connections that are made.

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import type { Cleanup } from './cleanup.ts';

/** A relay on a port of its own. */
export interface Relay {
  readonly port: string;
  /** Connections that were made so far. */
  readonly count: number;
}

/** Starts a relay to a port of 127.0.0.1. */
export async function startRelay(cleanup: Cleanup, port: string): Promise<Relay> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    count++;
    const far = connect({ port: Number(port), allowHalfOpen: true, noDelay: true });
    near.pipe(far).pipe(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanup.add(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return {
    port: String((server.address() as AddressInfo).port),
    get count() {
      return count;
    },
  };
}
