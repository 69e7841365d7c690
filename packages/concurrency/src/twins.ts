// The same address twice: each could be bound, since nobody listens there yet. `[::]` takes connections by
// IPv4 as well, and so the place of 0.0.0.0.
import { resolve } from 'node:path';
import { OptionError } from '@sluice/protocol';
import { type Address, describeAddress } from './address.ts';

/**
 * Refuses an address that stands twice in a list.
 *
 * @param addresses - where to listen
 * @param names - how a person wrote them
 * @throws OptionError `ERR_LISTEN_IN_USE`, naming both
 */
export function refuseTwins(addresses: readonly Address[], names: readonly string[]): void {
  const seen = new Map<string, string | undefined>();
  addresses.forEach((address, index) => {
    if (address.type === 'tcp' && address.port === 0) return; // any free one
    const place = placeOf(address);
    if (seen.has(place)) {
      throw new OptionError(
        'ERR_LISTEN_IN_USE',
        `${seen.get(place)} and ${names[index]} are the same address: one listener for each`,
      );
    }
    seen.set(place, names[index]);
  });
}

function placeOf(address: Address): string {
  if (address.type === 'unix') return resolve(address.path);
  if (address.type === 'tcp' && address.host === '0.0.0.0')
    return describeAddress({ ...address, host: '::' });
  return describeAddress(address);
}
