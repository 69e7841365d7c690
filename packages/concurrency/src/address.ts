// Where a listener is: a TCP port, a path, or a descriptor that somebody else opened.

/** Where to listen. */
export type Address =
  | {
      readonly type: 'tcp' /** A numeric address. */;
      readonly host: string /** 0: any free one. */;
      readonly port: number;
    }
  | {
      readonly type: 'unix';
      readonly path: string /** Permissions of the socket file, 0o660 by default. */;
      readonly mode?: number | undefined;
    }
  | { /** A socket that is open already, inherited. */ readonly type: 'fd'; readonly fd: number };

/** The address for a person: `127.0.0.1:8000`, `[::1]:8000`, a path. */
export function describeAddress(address: Address): string {
  switch (address.type) {
    case 'tcp':
      return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
    case 'unix':
      return address.path;
    case 'fd':
      return `descriptor ${address.fd}`;
  }
}
