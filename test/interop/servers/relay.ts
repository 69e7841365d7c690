// A relay between Sluice and another server: it counts connections, and can cut one that is used again.
import { connect, createServer, type Socket } from 'node:net';
import type { Cleanup } from '../../support/cleanup.ts';

/** A running relay. */
export interface Relay {
  readonly port: number;
  /** How many connections it has taken. */
  readonly connections: number;
  /** Cuts a connection when bytes come that follow an answer, as a server does that is just closing it. */
  cutsReused: boolean;
}

/** Starts a relay to a port of this machine. */
export async function startRelay(cleanup: Cleanup, to: string): Promise<Relay> {
  const sockets = new Set<Socket>();
  const relay = { port: 0, connections: 0, cutsReused: false };
  const server = createServer((client) => {
    relay.connections++;
    const target = connect(Number(to), '127.0.0.1');
    let isAnswered = false;
    client.on('data', (block) => {
      if (isAnswered && relay.cutsReused) client.destroy();
      else target.write(block);
    });
    target.on('data', (block) => {
      isAnswered = true;
      client.write(block);
    });
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(one);
      one.on('end', () => other.end());
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  relay.port = (server.address() as { port: number }).port;
  cleanup.add(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  );
  return relay;
}
