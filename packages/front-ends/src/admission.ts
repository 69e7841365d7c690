// Who may connect to a listener: whoever may not is closed before a byte is read.
import type { Socket } from 'node:net';
import { printable } from '@sluice/gateway';
import type { Site } from './front-end.ts';

const REMEMBERED = 1000; // peers that are told of once only

/** Lets peers in, or closes their connections with one log line for each peer. */
export class Admission {
  readonly #site: Pick<Site, 'allow' | 'log'>;
  readonly #protocol: string;
  readonly #refused = new Set<string>();

  /** @param protocol - name of the front-end
   * @param site - with its allow list and log */
  constructor(protocol: string, site: Pick<Site, 'allow' | 'log'>) {
    this.#protocol = protocol;
    this.#site = site;
  }

  /** Whether a connection may stay; one that may not is closed. */
  admits(socket: Socket): boolean {
    const { allow, log } = this.#site;
    if (!allow || allow.admits(socket)) return true;
    const peer = socket.remoteAddress ?? 'a peer that is gone';
    socket.on('error', () => {}); // a peer that resets its refused connection is no news
    socket.destroy();
    if (this.#refused.has(peer) || this.#refused.size >= REMEMBERED) return false;
    this.#refused.add(peer);
    log(
      'warn',
      printable(`${this.#protocol}: ${peer} is not on the allow list, connection closed`),
    );
    return false;
  }
}
