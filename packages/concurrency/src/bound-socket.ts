// A socket that is bound and not listened on, by what Node.js has for it: `net.BoundSocket` in newer
// versions, and before it the function that node:cluster itself uses.
import net from 'node:net';
import { getSystemErrorName } from 'node:util';

/** A bound socket. */
export interface BoundSocket {
  readonly fd: number;
  /** What `server.listen()` of this process takes. */
  readonly handle: object;
  /** The port of a TCP socket, as it was bound. */
  readonly port?: number | undefined;
  /** Closes it; a server of this process that has adopted it closes it itself. */
  close(): void;
}

/** What to bind: a numeric host with a port (0: any), or a path. */
export type BindTarget =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

interface NetInternals {
  BoundSocket?: new (
    options: object,
  ) => { fd(): number; address(): { port?: number }; close(): void };
  _createServerHandle(host: string, port: number, family: number): RawHandle | number;
}
interface RawHandle {
  fd: number;
  getsockname?(out: { port?: number }): number;
  close(): void;
}

/** Binds, within this very call: the umask may be changed around it. @throws the system's error */
export function bindSocket(target: BindTarget): BoundSocket {
  const { BoundSocket } = net as unknown as NetInternals;
  if (!BoundSocket) return bindHandle(target);
  const socket = new BoundSocket({ ...target });
  return {
    fd: socket.fd(),
    handle: socket,
    port: 'port' in target ? socket.address().port : undefined,
    close: () => closeUnlessAdopted(socket),
  };
}

function bindHandle(target: BindTarget): BoundSocket {
  const { _createServerHandle } = net as unknown as NetInternals;
  const handle =
    'path' in target
      ? _createServerHandle(target.path, -1, -1)
      : _createServerHandle(target.host, target.port, target.host.includes(':') ? 6 : 4);
  if (typeof handle === 'number') throw systemError(handle);
  const out: { port?: number } = {};
  const failure = 'port' in target ? (handle.getsockname?.(out) ?? 0) : 0; // libuv keeps EADDRINUSE back until asked
  if (failure !== 0) {
    handle.close();
    throw systemError(failure);
  }
  return { fd: handle.fd, handle, port: out.port, close: () => handle.close() };
}

function closeUnlessAdopted(socket: { close(): void }): void {
  try {
    socket.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_HANDLE_ADOPTED') throw error;
  }
}

function systemError(errno: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`bind ${code}`), { errno, code });
}
