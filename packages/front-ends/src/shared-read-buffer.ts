// Reading into one buffer for all connections. Node allocates 64 KiB for each read and shrinks it to what
// came, which costs more than the rest of reading a small request; a socket with the option `onread` does
// without. Servers cannot set that option on the sockets they accept, so it is set here afterwards: where
// a version of Node keeps it elsewhere, everything goes on in the usual way.
import { Socket } from 'node:net';
import type { Transport } from './transport.ts';

const SIZE = 65_536; // what libuv would ask for
const shared = Buffer.allocUnsafeSlow(SIZE);

interface Handle {
  useUserBuffer?(buffer: Uint8Array): void;
}
type Take = (length: number) => boolean;

/** Where a socket keeps the option `onread`; undefined when this version of Node has no such places. */
const places = findPlaces();

/**
 * Hands what arrives to `take`, as bytes that stay as they are; first what has arrived and was not read.
 *
 * @param transport - a socket that was just accepted, or read from and paused, or any other stream
 * @param take - is called with each block
 */
export function readBlocks(transport: Transport, take: (block: Buffer) => void): void {
  const { _handle: handle } = transport as { _handle?: Handle };
  if (!places || !handle?.useUserBuffer) {
    transport.on('data', take).resume();
    return;
  }
  const socket = transport as unknown as Record<symbol, unknown>;
  socket[places.buffer] = shared;
  socket[places.callback] = ((length) => {
    const block = Buffer.allocUnsafe(length); // small ones come from Node's pool
    shared.copy(block, 0, 0, length);
    take(block);
    return true;
  }) satisfies Take;
  handle.useUserBuffer(shared);
  const arrived = transport.readableLength > 0 ? (transport.read() as Buffer) : undefined;
  transport.resume();
  if (arrived) take(arrived);
}

function findPlaces(): { buffer: symbol; callback: symbol } | undefined {
  const callback: Take = () => true;
  const probe = new Socket({ onread: { buffer: shared, callback } } as object);
  const find = (value: unknown) =>
    Object.getOwnPropertySymbols(probe).find(
      (symbol) => (probe as unknown as Record<symbol, unknown>)[symbol] === value,
    );
  const at = { buffer: find(shared), callback: find(callback) };
  probe.destroy();
  return at.buffer && at.callback ? { buffer: at.buffer, callback: at.callback } : undefined;
}
