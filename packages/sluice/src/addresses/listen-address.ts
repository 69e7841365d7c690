// The address of a listener: what `bind()` takes, of what a person wrote.
import { type Address, findGroup, findUser, type UnixAddress } from '@sluice/concurrency';
import { OptionError } from '@sluice/protocol';
import { type AddressUrl, numericHost } from './address-url.ts';

/** Options behind an address that say whose a Unix socket is. */
export const SOCKET_OPTIONS = ['mode', 'owner', 'group'] as const;

/**
 * Where to listen.
 *
 * @param defaultPort - of the protocol; undefined: any free one
 * @throws OptionError `ERR_OPTION_ADDRESS`, `ERR_OPTION_VALUE`, `ERR_ACCOUNT_UNKNOWN`
 */
export async function listenAddress(
  url: AddressUrl,
  defaultPort: number | undefined,
): Promise<Address> {
  const { place, text } = url;
  if (place.type !== 'unix') refuseSocketOptions(url);
  switch (place.type) {
    case 'tcp':
      return {
        type: 'tcp',
        host: await numericHost(url, place.host),
        port: place.port ?? defaultPort ?? 0,
      };
    case 'unix':
      return unixAddress(url, place.path);
    case 'fd':
      return place;
    default:
      throw new OptionError('ERR_OPTION_ADDRESS', `${text}: this is not an address to listen at`);
  }
}

function refuseSocketOptions({ text, query }: AddressUrl): void {
  const given = SOCKET_OPTIONS.find((name) => query.has(name));
  if (given === undefined) return;
  throw new OptionError(
    'ERR_OPTION_VALUE',
    `${text}: only the file of a Unix socket has a ${given}`,
  );
}

function unixAddress({ text, query }: AddressUrl, path: string): UnixAddress {
  const mode = query.get('mode');
  if (mode !== null && !/^0?[0-7]{3}$/.test(mode))
    throw new OptionError('ERR_OPTION_VALUE', `${text}: mode is three octal digits such as 660`);
  const owner = query.get('owner');
  const group = query.get('group');
  try {
    return {
      type: 'unix',
      path,
      mode: mode === null ? undefined : Number.parseInt(mode, 8),
      owner: owner === null ? undefined : findUser(owner).uid,
      group: group === null ? undefined : findGroup(group),
    };
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(error.code, `${text}: ${error.message}`, error);
  }
}
