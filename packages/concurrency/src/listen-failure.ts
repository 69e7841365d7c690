// Why an address cannot be listened at, for a person.
import { dirname } from 'node:path';
import { OptionError } from '@sluice/protocol';
import { type Address, describeAddress } from './address.ts';

const REASONS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine has no such address',
  EAFNOSUPPORT: 'this machine has no addresses of that kind',
  EACCES: 'permission denied',
  EINVAL: 'it is not a socket that can listen',
  ELOOP: 'a symbolic link is in the way of its lock file',
  EROFS: 'the file system is read-only',
};

/** What the system says of an address, for a person: `ERR_LISTEN_IN_USE` or `ERR_LISTEN_ADDRESS`. */
export function listenFailure(address: Address, error: NodeJS.ErrnoException): OptionError {
  const { code = '' } = error;
  if (code === 'EADDRINUSE') return inUse(address, error);
  return new OptionError(
    'ERR_LISTEN_ADDRESS',
    `cannot listen at ${describeAddress(address)}: ${reason(address, code) ?? error.message}`,
    error,
  );
}

function reason(address: Address, code: string): string | undefined {
  if (address.type !== 'unix') return REASONS[code];
  const folder = dirname(address.path);
  if (code === 'ENOENT') return `its directory ${folder} does not exist`;
  if (code === 'ENOTDIR') return `${folder} is not a directory`;
  return REASONS[code];
}

/** Somebody is served at an address, by another process. */
export function inUse(address: Address, cause?: unknown): OptionError {
  return new OptionError(
    'ERR_LISTEN_IN_USE',
    `another process already listens at ${describeAddress(address)}; stop it, or choose another address`,
    cause,
  );
}
