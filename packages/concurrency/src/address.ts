// Where a listener is: a TCP port, a path, or a descriptor that somebody else opened.

/** Where to listen. */
export type Address =
  | {
      readonly type: 'tcp' /** A numeric address. */;
      readonly host: string /** 0: any free one. */;
      readonly port: number;
    }
  | UnixAddress
  | { /** A socket that is open already, inherited. */ readonly type: 'fd'; readonly fd: number };

/** The path of a Unix socket, and who may connect there. */
export interface UnixAddress {
  readonly type: 'unix';
  readonly path: string;
  /** Permissions of the socket file, 0o660 by default. */
  readonly mode?: number | undefined;
  /** User id of the socket file, that of this process by default. */
  readonly owner?: number | undefined;
  /** Group id of the socket file, that of this process by default. */
  readonly group?: number | undefined;
}

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
