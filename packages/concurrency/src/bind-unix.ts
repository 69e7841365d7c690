// Binds a Unix socket that appears under its path with its final owner and permissions.
//
// A socket is bound under a name of its own and then renamed: it replaces a dead one without a moment of
// absence, and libuv, which removes the name it bound when the handle is closed, can never remove another
// server's socket. Between the first look at the path and the first listen() a socket of ours cannot be
// told from a dead one: both refuse connections. For that time there is a lock beside the path.

import { lstatSync, unlinkSync } from 'node:fs';
import { chmod, lchown, lstat, rename, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { OptionError } from '@sluice/protocol';
import type { UnixAddress } from './address.ts';
import type { BindOptions, BoundAddress } from './bind.ts';
import { type BoundSocket, bindSocket } from './bound-socket.ts';
import { FileLock } from './file-lock.ts';
import { inUse, listenFailure } from './listen-failure.ts';

const LONGEST = 107; // bytes of a path that the kernel takes

/**
 * Binds a Unix socket.
 *
 * @throws OptionError `ERR_LISTEN_IN_USE`, `ERR_LISTEN_NOT_A_SOCKET` or `ERR_LISTEN_ADDRESS`, naming the path
 */
export async function bindUnix(address: UnixAddress, options: BindOptions): Promise<BoundAddress> {
  const { path } = address;
  const own = ownName(path);
  const lock = lockOf(address);
  try {
    await makeWay(address);
    await unlink(own).catch(() => {}); // of a process that had our id and was killed at this very point
    const { socket, inode } = await bindAs(own, address, options);
    const place = resolve(path); // the process may change its directory before it closes
    return {
      address,
      fd: socket.fd,
      handle: socket.handle,
      listening: () => lock.release(),
      close() {
        removeOwn(place, inode); // as long as the socket is open, nobody else's file can have its inode
        socket.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    if (error instanceof OptionError) throw error;
    throw listenFailure(address, error as NodeJS.ErrnoException);
  }
}

/** The name that is bound first; the kernel takes short ones only. */
function ownName(path: string): string {
  const own = `${path}.${process.pid}`;
  if (Buffer.byteLength(own) <= LONGEST) return own;
  throw new OptionError(
    'ERR_LISTEN_ADDRESS',
    `the path ${path} is too long for a Unix socket: at most ${LONGEST - own.length + path.length} bytes here`,
  );
}

function lockOf(address: UnixAddress): FileLock {
  let lock: FileLock | undefined;
  try {
    lock = FileLock.acquire(`${resolve(address.path)}.lock`);
  } catch (error) {
    throw listenFailure(address, error as NodeJS.ErrnoException);
  }
  if (!lock) throw inUse(address);
  return lock;
}

/** Binds a name, gives it owner and permissions, and only then renames it to the path. */
async function bindAs(
  own: string,
  address: UnixAddress,
  { umask = 0o117 }: BindOptions,
): Promise<{ socket: BoundSocket; inode: number }> {
  const { path, mode = 0o777 & ~umask, owner = -1, group = -1 } = address;
  const before = process.umask(0o777 & ~mode);
  let socket: BoundSocket;
  try {
    socket = bindSocket({ path: own });
  } finally {
    process.umask(before);
  }
  try {
    await giveAway(own, address, owner, group);
    const made = await lstat(own);
    // A directory's default ACL goes before the umask. Elsewhere nothing is changed by name, where a link could be put.
    if ((made.mode & 0o777) !== mode) await chmod(own, mode);
    await rename(own, path);
    return { socket, inode: made.ino };
  } catch (error) {
    socket.close();
    throw error;
  }
}

async function giveAway(
  own: string,
  { path }: UnixAddress,
  owner: number,
  group: number,
): Promise<void> {
  if (owner < 0 && group < 0) return;
  try {
    await lchown(own, owner, group);
  } catch (error) {
    throw new OptionError(
      'ERR_LISTEN_ADDRESS',
      `${path} cannot be given to another owner or group: only root can do that, and others within their own groups`,
      error,
    );
  }
}

/** Makes sure that nobody is served at a path, and that what is there is ours to replace. */
async function makeWay(address: UnixAddress): Promise<void> {
  const { path } = address;
  const there = await lstat(path).catch(() => undefined);
  if (!there) return;
  if (!there.isSocket()) {
    throw new OptionError(
      'ERR_LISTEN_NOT_A_SOCKET',
      `${path} exists and is not a socket; name another path, or remove it yourself`,
    );
  }
  const alive = await new Promise<boolean>((answer) => {
    const probe = connect(path, () => answer(true));
    // Only a refused connection proves that nobody listens; EACCES and EAGAIN tell nothing.
    probe.on('error', (error: NodeJS.ErrnoException) =>
      answer(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
    probe.on('close', () => probe.destroy());
    probe.end();
  });
  if (alive) throw inUse(address);
}

function removeOwn(place: string, inode: number): void {
  try {
    if (lstatSync(place, { throwIfNoEntry: false })?.ino === inode) unlinkSync(place);
  } catch {
    // A process that has given up its rights may not remove it any more; the next one replaces it.
  }
}
