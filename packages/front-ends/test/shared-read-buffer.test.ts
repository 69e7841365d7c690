// One buffer for what all connections read: where Node keeps the option, and what holds where it does not.
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { readBlocks } from '../src/shared-read-buffer.ts';
import type { Transport } from '../src/transport.ts';

/** What a socket that was just accepted looks like from here. */
function accepted() {
  const given: Uint8Array[] = [];
  let isFlowing = false;
  const socket = {
    _handle: { useUserBuffer: (buffer: Uint8Array) => given.push(buffer) },
    resume: () => {
      isFlowing = true;
    },
    on: () => {
      throw new Error('read in the usual way');
    },
  };
  const places = () =>
    Object.getOwnPropertySymbols(socket).map((symbol) => Reflect.get(socket, symbol));
  return { transport: socket as unknown as Transport, given, places, isFlowing: () => isFlowing };
}

it('this version of Node keeps the option where it is looked for', () => {
  const { transport, given, places, isFlowing } = accepted();
  readBlocks(transport, () => {});
  expect(given).toHaveLength(1);
  expect(places()).toEqual([given[0], expect.any(Function)]);
  expect(isFlowing()).toBe(true);
});

it('a block stays as it is when the next one comes', () => {
  const { transport, given, places } = accepted();
  const blocks: Buffer[] = [];
  readBlocks(transport, (block) => blocks.push(block));
  const [shared] = given as [Uint8Array];
  const arrived = places()[1] as (length: number) => boolean;
  for (const text of ['first', 'second']) {
    shared.set(Buffer.from(text));
    expect(arrived(text.length)).toBe(true);
  }
  expect(blocks.map(String)).toEqual(['first', 'second']);
});

it('what was put back to be read comes first', () => {
  const { transport } = accepted();
  const blocks: string[] = [];
  const read = () => Buffer.from('put back');
  readBlocks(Object.assign(transport, { readableLength: 8, read }), (block) => {
    blocks.push(String(block));
  });
  expect(blocks).toEqual(['put back']);
});

it('connections share it', () => {
  const [one, other] = [accepted(), accepted()];
  readBlocks(one.transport, () => {});
  readBlocks(other.transport, () => {});
  expect(one.given[0]).toBe(other.given[0]);
});

it('another stream is read in the usual way', () => {
  const stream = new PassThrough();
  const blocks: Buffer[] = [];
  readBlocks(stream as Transport, (block) => blocks.push(block));
  stream.emit('data', Buffer.from('block'));
  expect(blocks.map(String)).toEqual(['block']);
});
