// What tests of binding have in common: each way that Node has for it, and whether somebody is served.
import { once } from 'node:events';
import { connect, createServer, default as net, type Server } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import type { Address } from '../src/address.ts';
import { type BindOptions, type BoundAddress, bind } from '../src/bind.ts';

/** The ways to bind. */
export const WAYS = ['BoundSocket', '_createServerHandle'] as const;

const internals = net as unknown as Record<string, unknown>;

/** What this version of Node has. */
export const ORIGINAL = internals.BoundSocket;

/** Gives the runtime a `net.BoundSocket`, or takes it away. */
export function setBoundSocket(value: unknown): void {
  if (value === undefined) delete internals.BoundSocket;
  else Object.defineProperty(net, 'BoundSocket', { configurable: true, writable: true, value });
}

/** Binds until the test is finished. */
export async function bound(address: Address, options?: BindOptions): Promise<BoundAddress> {
  const made = await bind(address, options);
  onTestFinished(() => made.close());
  return made;
}

/** Says `hello` to everybody. */
export async function listenOn(made: BoundAddress): Promise<Server> {
  const server = createServer((socket) => socket.end('hello'));
  onTestFinished(() => void server.close());
  server.listen(made.handle);
  await once(server, 'listening');
  return server;
}

/** What a client is told: `hello`, or the code of its error. */
export async function ask(address: Address): Promise<string> {
  const socket =
    address.type === 'tcp' ? connect(address) : connect((address as { path: string }).path);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    text = error.code ?? '';
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

/** An error of that code whose message has these words. */
export const failure = (code: string, message: string | RegExp) =>
  expect.objectContaining({ name: 'OptionError', code, message: expect.stringMatching(message) });
