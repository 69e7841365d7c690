// Servers that are programs: found, started on a free port, and awaited.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Server, Unavailable } from '../launch.ts';

const START_MILLISECONDS = 20_000;

/**
 * The path of an installed program.
 *
 * @throws Unavailable when it is not installed under any of the names
 */
export function find(...names: readonly string[]): string {
  // Servers are installed where the PATH of a user may not lead.
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin'];
  const path = names.flatMap((name) => folders.map((folder) => `${folder}/${name}`)).find(canRun);
  if (path === undefined) throw new Unavailable(`${names[0]} is not installed`);
  return path;
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first line that a program prints. */
export function firstLine(program: string, ...words: readonly string[]): string {
  return spawnSync(program, words, { encoding: 'utf8' }).stdout.split('\n')[0]?.trim() ?? '';
}

/** A port that nothing listens on: none of the programs can be told to take any. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts a program that is going to listen on a port, and waits until it accepts.
 *
 * @throws Unavailable when it ends before that, or takes too long
 */
export async function startProgram(
  program: string,
  words: readonly string[],
  port: number,
): Promise<Server> {
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('latin1').on('data', (text) => {
    errors = (errors + text).slice(-1000);
  });
  await once(child, 'spawn');
  const deadline = performance.now() + START_MILLISECONDS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill();
      throw new Unavailable(`${program} does not start: ${errors.trim().split('\n').at(-1)}`);
    }
    await wait(20);
  }
  return { pid: child.pid as number, port, stop: () => child.kill() };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
