// Binds an address without listening on it: whoever gets the descriptor listens and accepts for itself.
//
// A Unix socket is bound under a name of its own and then renamed: it appears under its path at once
// with its final permissions, replaces a dead socket without a moment of absence, and libuv, which
// removes the name it bound when the handle is closed, can never remove another server's socket.

import { fstatSync, lstatSync, unlinkSync } from 'node:fs';
import { chmod, lstat, rename, unlink } from 'node:fs/promises';
import net, { connect } from 'node:net';
import { OptionError } from '@sluice/protocol';
import { type Address, describeAddress } from './address.ts';

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
  return { address, fd, handle: { fd }, close: () => {} };
}

function bindTcp(address: Address & { type: 'tcp' }): BoundAddress {
  const raw = attempt(address, () => bindHandle(address));
  const bound: Address = { ...address, port: raw.port ?? address.port };
  return { address: bound, fd: raw.fd, handle: raw.handle, close: raw.close };
}

async function bindUnix(
  address: Address & { type: 'unix' },
  options: BindOptions,
): Promise<BoundAddress> {
  const { path } = address;
  const mode = address.mode ?? (options.umask === undefined ? 0o660 : 0o777 & ~options.umask);
  await makeWay(path);
  const own = `${path}.${process.pid}`;
  if (Buffer.byteLength(own) > 107) {
    throw new OptionError(
      'ERR_LISTEN_ADDRESS',
      `the path ${path} is too long for a Unix socket: at most ${107 - own.length + path.length} bytes here`,
    );
  }
  await unlink(own).catch(() => {}); // of a process that had our id and was killed at this very point
  const before = process.umask(0o777 & ~mode);
  let raw: RawSocket;
  try {
    raw = attempt(address, () => bindHandle({ ...address, path: own }));
  } finally {
    process.umask(before);
  }
  await chmod(own, mode); // a bit that the umask cannot give
  const { ino } = await lstat(own);
  await rename(own, path);
  return {
    address,
    fd: raw.fd,
    handle: raw.handle,
    close() {
      raw.close();
      if (inodeOf(path) === ino) unlinkSync(path);
    },
  };
}

/** Makes sure that nobody is served at a path, and that what is there is ours to replace. */
async function makeWay(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (!there) return;
  if (!there.isSocket()) {
    throw new OptionError(
      'ERR_LISTEN_NOT_A_SOCKET',
      `${path} exists and is not a socket; name another path, or remove it yourself`,
    );
  }
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true));
    // Only a refused connection proves that nobody listens; EACCES and EAGAIN tell nothing.
    probe.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
    probe.on('close', () => probe.destroy());
    probe.end();
  });
  if (alive) throw inUse({ type: 'unix', path });
}

function inodeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino;
}

interface RawSocket {
  readonly fd: number;
  readonly handle: object;
  readonly port?: number | undefined;
  close(): void;
}

// What Node offers for this: `net.BoundSocket` in newer versions, and before it the function that
// node:cluster itself uses.
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

function bindHandle(address: Exclude<Address, { type: 'fd' }>): RawSocket {
  const { BoundSocket, _createServerHandle } = net as unknown as NetInternals;
  if (BoundSocket) {
    const socket = new BoundSocket(
      address.type === 'tcp' ? { host: address.host, port: address.port } : { path: address.path },
    );
    return {
      fd: socket.fd(),
      handle: socket,
      port: address.type === 'tcp' ? socket.address().port : undefined,
      close: () => closeBound(socket),
    };
  }
  const handle =
    address.type === 'tcp'
      ? _createServerHandle(address.host, address.port, address.host.includes(':') ? 6 : 4)
      : _createServerHandle(address.path, -1, -1);
  if (typeof handle === 'number') throw systemError(handle);
  const out: { port?: number } = {};
  const failure = address.type === 'tcp' ? (handle.getsockname?.(out) ?? 0) : 0; // libuv keeps EADDRINUSE back until asked
  if (failure !== 0) {
    handle.close();
    throw systemError(failure);
  }
  return { fd: handle.fd, handle, port: out.port, close: () => handle.close() };
}

/** A server of this process that has adopted the socket closes it itself. */
function closeBound(socket: { close(): void }): void {
  try {
    socket.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_HANDLE_ADOPTED') throw error;
  }
}

function systemError(errno: number): NodeJS.ErrnoException {
  const code = ERRNO[errno] ?? `errno ${-errno}`;
  return Object.assign(new Error(`bind ${code}`), { errno, code });
}

const ERRNO: Readonly<Record<number, string>> = {
  [-98]: 'EADDRINUSE',
  [-48]: 'EADDRINUSE',
  [-99]: 'EADDRNOTAVAIL',
  [-13]: 'EACCES',
  [-2]: 'ENOENT',
};

function attempt<Result>(address: Address, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw listenFailure(address, error as NodeJS.ErrnoException);
  }
}

/** What the system says of an address, for a person. */
export function listenFailure(address: Address, error: NodeJS.ErrnoException): OptionError {
  const { code = '' } = error;
  if (code === 'EADDRINUSE') return inUse(address, error);
  return new OptionError(
    'ERR_LISTEN_ADDRESS',
    `cannot listen at ${describeAddress(address)}: ${REASONS[code] ?? error.message}`,
    error,
  );
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'permission denied',
  EINVAL: 'it is not a socket that can listen',
  ENOENT: 'its directory does not exist',
};

function inUse(address: Address, cause?: unknown): OptionError {
  return new OptionError(
    'ERR_LISTEN_IN_USE',
    `another process already listens at ${describeAddress(address)}; stop it, or choose another address`,
    cause,
  );
}
