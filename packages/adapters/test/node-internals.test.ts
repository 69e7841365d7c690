// The methods of ServerResponse that are replaced are those that this version of Node.js calls.
import { ServerResponse } from 'node:http';
import { expect, it, vi } from 'vitest';
import { nodeHandler } from '../src/index.ts';
import { ask } from './harness.ts';

it('a response makes no text of itself: the fast way works with this version of Node.js', () => {
  const raw = vi.spyOn(ServerResponse.prototype as never as { _writeRaw(): boolean }, '_writeRaw');
  const asked = ask(nodeHandler((_request: never, response: ServerResponse) => response.end('x')));
  expect([asked.parts.length, asked.text]).toEqual([1, 'x']);
  expect(raw).not.toHaveBeenCalled();
});

it('a socket of a request is made when somebody uses it, and not before', async () => {
  const states: unknown[] = [];
  const asked = ask(
    nodeHandler(({ socket }: { socket: never }, response: ServerResponse) => {
      const lazy = socket as { isMade?: boolean; on: (name: string, call: () => void) => void };
      lazy.on('close', () => {});
      response.end('x');
      states.push(lazy.isMade);
      lazy.on('data', () => {});
      states.push(lazy.isMade);
    }),
  );
  await asked.ended();
  expect(states).toEqual([undefined, true]);
});
