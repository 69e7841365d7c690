// Scripts in the shapes of flup and its neighbours, run as their users run them.
import { join } from 'node:path';
import { type Answer, call } from '@sluice/gateway/testing';
import type { Application, Concurrency, ProtocolName } from 'sluice';
import { backEndFor } from './back-end.ts';
import { type Program, runProgram } from './program.ts';
import { scratch } from './scratch.ts';
import { app } from './start-server.ts';
import { until } from './until.ts';

/** The path of a script. */
export function shape(name: string): string {
  return app(`shapes/${name}.js`);
}

/** A script that listens. */
export interface RunningShape {
  readonly program: Program;
  readonly url: string;
  readonly backEnd: Application;
}

/** Starts flup's script of a protocol on a Unix socket, and waits until it answers. */
export async function startFlup(
  protocol: ProtocolName,
  concurrency: Concurrency,
  options: Readonly<Record<string, unknown>> = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<RunningShape> {
  const bindAddress = join(scratch(), 's');
  const workers = concurrency === 'single' ? {} : { workers: 2 };
  const given = { bindAddress, concurrency, ...workers, ...options };
  const program = runProgram([shape('flup'), protocol, JSON.stringify(given)], { env });
  return await answering(program, `${protocol}+unix:${bindAddress}`);
}

/** Waits until a program answers. */
export async function answering(program: Program, url: string): Promise<RunningShape> {
  const backEnd = await backEndFor(url);
  await until(
    `${url} answers`,
    async () => {
      if (program.child.exitCode !== null) throw new Error(`it has ended:\n${program.stderr}`);
      return await call(backEnd).then(
        () => true,
        () => false,
      );
    },
    15_000,
  );
  return { program, url, backEnd };
}

/** What flup's script says of a request. */
export interface Said {
  readonly pid: number;
  readonly threadId: number;
  readonly body: string;
  readonly environ: Readonly<Record<string, unknown>>;
}

/** Asks flup's script. */
export async function said(
  backEnd: Application,
  variables: Readonly<Record<string, unknown>> = {},
  body: string | null = null,
): Promise<Said> {
  const answer: Answer = await call(backEnd, variables, body);
  return JSON.parse(answer.text) as Said;
}
