// Runs the command in a folder of configuration files, to its end.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sluice } from './command.ts';
import { scratch } from './scratch.ts';
import { app } from './start-server.ts';

/** Files by their names. */
export interface Files {
  readonly [name: string]: string;
}

/** Runs a command in a folder of these files, to its end. */
export async function run(words: readonly string[], files: Files, env: NodeJS.ProcessEnv = {}) {
  const folder = scratch();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'there'));
  const program = sluice(words, { cwd: folder, env: { ...process.env, ...env } });
  const { code } = await program.ended(20_000);
  return {
    code,
    folder,
    stdout: program.stdout,
    stderr: program.stderr.replaceAll(`${folder}/`, ''),
  };
}

/** The file site.ini with these lines. */
export const ini = (...lines: string[]) => ({ 'site.ini': [...lines, ''].join('\n') });
/** The same for a server with these lines, and an application. */
export const server = (...lines: string[]) =>
  ini('[server:main]', ...lines, '[app:main]', `use = ${app('worker.js')}`);
/** A server that needs no more. */
export const SCGI = ['use = egg:sluice#scgi_fork', 'socket = s'];
