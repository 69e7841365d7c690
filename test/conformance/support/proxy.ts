// Headers of the PROXY protocol by hand, and a proxy that sends one before each connection.
import { connect, createServer, isIPv6, type Server } from 'node:net';
import { onTestFinished } from 'vitest';
import { targetOf } from './back-end.ts';

/** Where the client of {@link LINE} and {@link BINARY} is, and where it connected to. */
export const CLIENT = { address: '203.0.113.9', port: 4711 } as const;
export const GOAL = { address: '198.51.100.1', port: 443 } as const;

/** A header of version 1. */
export function line(source = '203.0.113.9', destination = '198.51.100.1'): string {
  return `PROXY TCP${isIPv6(source) ? 6 : 4} ${source} ${destination} 4711 443\r\n`;
}

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';

/** A header of version 2. */
export function binary(command: number, family: number, block: Uint8Array | string = ''): Buffer {
  const bytes = Buffer.from(block as string, 'latin1');
  const head = Buffer.from(`${SIGNATURE}\0\0\0\0`, 'latin1');
  head[12] = 0x20 | command;
  head[13] = family;
  head.writeUInt16BE(bytes.length, 14);
  return Buffer.concat([head, bytes]);
}

const TLV = [3, 0, 4, 1, 2, 3, 4]; // CRC32C, and not even a right one

/** The client by version 1. */
export const LINE = Buffer.from(line(), 'latin1');
/** The client by version 2, with a TLV behind its address. */
export const BINARY = binary(
  1,
  0x11,
  Uint8Array.from([203, 0, 113, 9, 198, 51, 100, 1, 0x12, 0x67, 0x01, 0xbb, ...TLV]),
);

/** A connection of the proxy's own. */
export const LOCAL = binary(0, 0);

/**
 * Starts a proxy in front of a server.
 *
 * @returns its address, with the server's scheme
 */
export async function proxyFor(url: string, header: Uint8Array): Promise<string> {
  const server: Server = createServer({ allowHalfOpen: true }, (client) => {
    const target = connect({ ...targetOf(url), allowHalfOpen: true });
    client.on('error', () => target.destroy()).on('close', () => target.destroySoon());
    target.on('error', () => client.destroy()).on('close', () => client.destroySoon());
    target.write(header);
    client.pipe(target).pipe(client);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return `${/^[a-z]+/.exec(url)?.[0]}://127.0.0.1:${port}`;
}
