// Which peers may connect: addresses and networks, IPv4 and IPv6.
import { BlockList, isIP, type Socket } from 'node:net';
import { OptionError } from '@sluice/protocol';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** A list of addresses and networks. */
export class AllowList {
  readonly #list = new BlockList();

  /**
   * @param entries - `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`
   * @throws OptionError `ERR_FRONT_END_ALLOW` for an entry that is none of these
   */
  constructor(entries: Iterable<string>) {
    for (const entry of entries) this.#add(entry);
  }

  /** Whether an address is on the list; an IPv4 address mapped into IPv6 counts as IPv4. */
  has(address: string): boolean {
    const plain = MAPPED.exec(address)?.[1] ?? address;
    const family = isIP(plain);
    return family !== 0 && this.#list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
  }

  /** Whether the peer of a socket may connect; a peer on a Unix socket always may. */
  admits(socket: Socket): boolean {
    const address = socket.remoteAddress;
    // A TCP peer that has reset already has no address any more; its own end tells it from a Unix peer.
    if (address !== undefined) return this.has(address);
    return socket.localAddress === undefined && socket.remoteFamily === undefined;
  }

  #add(entry: string): void {
    const [address = '', prefix, ...more] = entry.split('/');
    const family = isIP(address);
    const bits =
      prefix === undefined ? undefined : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    const most = family === 4 ? 32 : 128;
    if (family === 0 || more.length > 0 || (bits !== undefined && !(bits <= most))) {
      throw new OptionError(
        'ERR_FRONT_END_ALLOW',
        `${JSON.stringify(entry)} is neither an address nor a network such as 192.0.2.0/24 or 2001:db8::/32`,
      );
    }
    const kind = family === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) this.#list.addAddress(address, kind);
    else this.#list.addSubnet(address, bits, kind);
  }
}

/** This machine alone: what protocols that believe their peers allow by default. */
export const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1'];
