// Programs that are started as web servers start them: with a listening socket, or anything else, as descriptor 0.
import type { SpawnOptions } from 'node:child_process';
import { linkSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Program } from './program.ts';
import { scratch } from './scratch.ts';

/** A socket that listens, which is nobody's but the program's. */
export interface Started {
  readonly program: Program;
  /** Where the program can be asked. */
  readonly url: string;
}

/** Starts a program of node with a listening socket as descriptor 0; it is gone when the test is finished. */
export async function startedOnSocket(
  kind: 'tcp' | 'unix',
  argv: readonly string[],
  { env = {}, ...options }: SpawnOptions = {},
): Promise<Started> {
  const server = createServer();
  const path = join(scratch(), 's');
  await new Promise<void>((resolve) => {
    if (kind === 'tcp') server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  const kept = `${path}.kept`;
  if (kind === 'unix') linkSync(path, kept); // its first name is gone when our copy is closed
  const url =
    kind === 'tcp'
      ? `fastcgi://127.0.0.1:${(server.address() as AddressInfo).port}`
      : `fastcgi+unix:${kept}`;
  const program = startedWith(descriptorOf(server), argv, { env, ...options });
  await new Promise((resolve) => server.close(resolve));
  return { program, url };
}

/** Starts a program of node with anything as descriptor 0, and the environment of a web server. */
export function startedWith(
  input: number | 'pipe' | 'ignore',
  argv: readonly string[],
  { env = {}, ...options }: SpawnOptions = {},
): Program {
  const { PATH = '' } = process.env;
  const program = new Program(argv, {
    env: { PATH, ...env },
    stdio: [input, 'pipe', 'pipe'],
    ...options,
  });
  onTestFinished(() => program.kill());
  return program;
}

/** The descriptor of a server or a socket, which Node does not tell. */
export function descriptorOf(socket: object): number {
  return (socket as { _handle: { fd: number } })._handle.fd;
}
