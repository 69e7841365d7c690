// A server that can be steered, and the two ways to steer it: `sluice ctl`, and HTTP over its control socket.
import type { SpawnOptions } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { sluice, sluiceServe } from './command.ts';
import type { Program } from './program.ts';
import { scratch } from './scratch.ts';
import { app } from './start-server.ts';

/** A server with a control socket. */
export interface Steered {
  readonly program: Program;
  readonly url: string;
  /** Of its control socket. */
  readonly path: string;
  /** Runs `sluice ctl` with these words. */
  ctl(...words: string[]): Promise<Ended>;
  /** Asks by HTTP, as curl does. */
  ask(method: string, target: string, body?: string): Promise<Told>;
}

/** How `sluice ctl` ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the control socket answered. */
export interface Told {
  readonly status: number;
  readonly type: string;
  readonly allow: string | undefined;
  readonly text: string;
}

/** A folder that other users may look into, too. */
export function openFolder(): string {
  const folder = scratch();
  chmodSync(folder, 0o755);
  return folder;
}

/** Starts `sluice serve` with a control socket; it ends with the test. */
export async function steered(
  model: string,
  words: readonly string[] = [],
  { listen = 'http://127.0.0.1:0', application = app('worker.js'), env = process.env } = {},
): Promise<Steered> {
  const path = join(openFolder(), 'control');
  const options = ['--listen', listen, '--concurrency', model, '--workers', '2'];
  const serving = [...options, '--control', path, ...words];
  const { program, url } = await sluiceServe(application, serving, { env });
  return {
    program,
    url,
    path,
    ctl: (...words) => ctl(['--control', path, ...words]),
    ask: (...asked) => askControl(path, ...asked),
  };
}

/** Runs `sluice ctl` to its end. */
export async function ctl(words: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  const program = sluice(['ctl', ...words], { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const { code } = await program.ended(25_000);
  return { code, stdout: program.stdout, stderr: program.stderr };
}

/** Asks at a Unix socket by HTTP. */
export function askControl(
  socketPath: string,
  method: string,
  path: string,
  body = '',
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, agent: false }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (block: string) => {
        text += block;
      });
      incoming.on('error', reject).on('end', () =>
        resolve({
          status: incoming.statusCode as number,
          type: incoming.headers['content-type'] ?? '',
          allow: incoming.headers.allow,
          text,
        }),
      );
    });
    outgoing.on('error', reject).end(body);
  });
}
