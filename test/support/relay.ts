// A relay in front of a server: it counts connections, and can cut one that is used again.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Cleanup } from './cleanup.ts';

/** A running relay. */
export interface Relay {
  readonly port: string;
  /** Connections that were made so far. */
  readonly count: number;
  /** Cuts a connection when bytes come that follow an answer, as a server does that is just closing it. */
  cutsReused: boolean;
}

/** Starts a relay to a port of this machine; either side may end its half first, as without a relay. */
export async function startRelay(cleanup: Cleanup, to: string): Promise<Relay> {
  const sockets = new Set<Socket>();
  const relay = { port: '', count: 0, cutsReused: false };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    relay.count++;
    const target = connect({ port: Number(to), allowHalfOpen: true, noDelay: true });
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    let isAnswered = false;
    pass(client, target, () => !(isAnswered && relay.cutsReused));
    pass(target, client, () => {
      isAnswered = true;
      return true;
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  relay.port = String((server.address() as AddressInfo).port);
  cleanup.add(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  );
  return relay;
}

/** Passes bytes on as fast as they are taken, until they may not pass; then both sides are cut. */
function pass(from: Socket, to: Socket, mayPass: () => boolean): void {
  from.on('data', (block) => {
    if (!mayPass()) {
      from.destroy();
    } else if (!to.write(block)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  });
  from.on('end', () => to.end());
  from.on('error', () => to.destroy());
  from.on('close', () => {
    if (!from.readableEnded) to.destroy();
  });
}
