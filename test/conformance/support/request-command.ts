// `sluice request` as it is typed, a server of each protocol to ask, and peers that are none.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ListenOptions, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROTOCOLS, type ProtocolName } from 'sluice';
import { onTestFinished } from 'vitest';
import { BIN, sluice } from './command.ts';
import { LISTENERS } from './matrix.ts';
import { app, startServer } from './start-server.ts';

/** Every protocol; `cgi` has no listener. */
export const ALL = Object.keys(PROTOCOLS) as ProtocolName[];

/** How a request ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of standard error. */
  readonly lines: readonly string[];
}

/** Runs `sluice request` to its end. */
export async function request(words: readonly string[], input = ''): Promise<Ended> {
  const program = sluice(['request', ...words]);
  program.child.stdin?.on('error', () => {}).end(input, 'latin1');
  const { code } = await program.ended(15_000);
  const stderr = Buffer.from(program.stderr, 'latin1').toString(); // it is for people
  return { code, stdout: program.stdout, stderr, lines: stderr.split('\n').slice(0, -1) };
}

/** A server of each protocol with the application request-command.js. */
export async function serveAll(): Promise<{
  addresses: Record<ProtocolName, string>;
  close(): Promise<void>;
}> {
  const application = app('request-command.js');
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  const script = join(folder, 'app.cgi');
  writeFileSync(script, `#!/bin/sh\nexec '${process.execPath}' '${BIN}' cgi '${application}'\n`);
  chmodSync(script, 0o755);
  const listen = LISTENERS.map((name) => `${name}://127.0.0.1:0`);
  const server = await startServer(application, { listen });
  const found = LISTENERS.map((name, at) => [name, server.urls[at]]);
  return {
    addresses: { ...Object.fromEntries(found), cgi: `cgi:${script}` },
    async close() {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Listens for this test alone; gives `//127.0.0.1:port`, or `+unix:path`. */
export async function peerThat(
  behaves: (socket: Socket) => void,
  place: ListenOptions = { host: '127.0.0.1', port: 0 },
): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    behaves(socket);
  });
  await new Promise<void>((resolve) => server.listen(place, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (typeof address === 'string') return `+unix:${address}`;
  return `://127.0.0.1:${address?.port}`;
}

/** A peer that answers the first bytes it gets with these, and closes. */
export function peerSaying(answer: string | Uint8Array): Promise<string> {
  const bytes = typeof answer === 'string' ? Buffer.from(answer, 'latin1') : answer;
  return peerThat((socket) => {
    socket.once('data', () => socket.end(bytes)).resume();
  });
}

/** A port at which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
