// The stream that a connection runs on.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What the driver needs of a stream: a socket, or the standard streams in one. */
export type Transport = Duplex &
  Partial<
    Pick<
      Socket,
      | 'destroySoon'
      | 'resetAndDestroy'
      | 'setNoDelay'
      | 'localAddress'
      | 'remoteAddress'
      | 'remotePort'
    >
  >;
