// A gate: where an application, in whatever process it runs, meets the test. It connects, may say
// something, and waits until the test lets it go on.
import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Cleanup } from './cleanup.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { inTime } from './until.ts';

/** A gate with one application at it. */
export interface Gate {
  /** A Unix socket, for the application. */
  readonly path: string;
  /** Settles when the application has come. */
  arrival(): Promise<void>;
  /** Lets the application go on. */
  release(): void;
  /** Settles when the application has left, with all that it said. */
  departure(): Promise<string>;
}

/** Opens a gate. */
export async function openGate(cleanup: Cleanup): Promise<Gate> {
  const path = join(temporaryFolder(cleanup), 'gate');
  let guest: Socket | undefined;
  const server = createServer({ allowHalfOpen: true });
  const arrived = new Promise<void>((resolve) => {
    server.once('connection', (socket) => {
      guest = socket;
      resolve();
    });
  });
  const left = arrived.then(async () => {
    const socket = guest as Socket;
    let said = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      said += text;
    });
    socket.on('error', () => {}); // an application that was ended has left as well
    await new Promise<void>((resolve) => {
      socket.on('end', resolve).on('close', () => resolve());
    });
    return said;
  });
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  chmodSync(path, 0o666); // the application may run as another user
  cleanup.add(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        guest?.destroy();
      }),
  );
  return {
    path,
    arrival: () => inTime('the application comes to the gate', arrived),
    release: () => guest?.end('go on\n'),
    departure: () => inTime('the application leaves the gate', left),
  };
}
