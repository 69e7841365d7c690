// Binds an address without listening on it: whoever gets the descriptor listens and accepts for itself.
import { fstatSync } from 'node:fs';
import { OptionError } from '@sluice/protocol';
import type { Address } from './address.ts';
import { bindUnix } from './bind-unix.ts';
import { bindSocket } from './bound-socket.ts';
import { listenFailure } from './listen-failure.ts';

/** How to bind. */
export interface BindOptions {
  /** Umask for Unix sockets: their permissions are 0o777 without these bits. Replaced by the address's own mode. */
  readonly umask?: number | undefined;
}

/** An address that is bound and not listened on. */
export interface BoundAddress {
  /** The address with the port that was really bound. */
  readonly address: Address;
  /** The descriptor, to be inherited by a child. */
  readonly fd: number;
  /** What `server.listen()` of this process takes. */
  readonly handle: object;
  /** Says that it is listened on, here or in a child. Until then a Unix socket has a lock file beside it. */
  listening(): void;
  /** Lets go of it; removes the file of a Unix socket, if it is still ours. */
  close(): void;
}

/**
 * Binds an address.
 *
 * @throws OptionError `ERR_LISTEN_IN_USE`, `ERR_LISTEN_NOT_A_SOCKET` or `ERR_LISTEN_ADDRESS`, naming the address
 */
export async function bind(address: Address, options: BindOptions = {}): Promise<BoundAddress> {
  switch (address.type) {
    case 'tcp':
      return bindTcp(address);
    case 'unix':
      return await bindUnix(address, options);
    case 'fd':
      return bindInherited(address);
  }
}

function bindInherited(address: Address & { type: 'fd' }): BoundAddress {
  const { fd } = address;
  let isSocket = false;
  try {
    isSocket = fstatSync(fd).isSocket();
  } catch {
    // Not open at all.
  }
  if (!isSocket) {
    throw new OptionError(
      'ERR_LISTEN_ADDRESS',
      `descriptor ${fd} is no socket; whoever starts this process has to pass one that is bound or listening`,
    );
  }
  return { address, fd, handle: { fd }, listening: () => {}, close: () => {} };
}

function bindTcp(address: Address & { type: 'tcp' }): BoundAddress {
  const { host, port } = address;
  try {
    const socket = bindSocket({ host, port });
    return {
      address: { ...address, port: socket.port ?? port },
      fd: socket.fd,
      handle: socket.handle,
      listening: () => {},
      close: socket.close,
    };
  } catch (error) {
    throw listenFailure(address, error as NodeJS.ErrnoException);
  }
}
