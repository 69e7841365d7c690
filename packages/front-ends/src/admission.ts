// Which peers may go on: whoever may not is closed before a byte is read.
import type { Socket } from 'node:net';
import { type Log, printable } from '@sluice/gateway';
import type { AllowList } from './allow-list.ts';

const REMEMBERED = 1000; // peers that are told of once only

/** Lets the peers of a list pass, or closes their connections with one log line for each peer. */
export class Admission {
  readonly #list: AllowList | undefined;
  readonly #tell: (peer: string) => void;
  readonly #refused = new Set<string>();

  /** @param protocol - name of the front-end
   * @param list - who may pass; undefined: everybody
   * @param log - takes the log lines
   * @param complaint - what is wrong with one who may not: `is not on the allow list` */
  constructor(protocol: string, list: AllowList | undefined, log: Log, complaint: string) {
    this.#list = list;
    this.#tell = (peer) =>
      log('warn', printable(`${protocol}: ${peer} ${complaint}, connection closed`));
  }

  /** Whether a connection may stay; one that may not is closed. */
  admits(socket: Socket): boolean {
    if (!this.#list || this.#list.admits(socket)) return true;
    const peer = socket.remoteAddress; // undefined: it is gone already
    socket.on('error', () => {}); // a peer that resets its refused connection is no news
    socket.destroy();
    if (peer === undefined || this.#refused.has(peer)) return false;
    if (this.#refused.size >= REMEMBERED) return false;
    this.#refused.add(peer);
    this.#tell(peer);
    return false;
  }
}
