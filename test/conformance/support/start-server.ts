// Servers in processes of their own, so that they are measured alone and print nothing here.
import { fileURLToPath } from 'node:url';
import type { ServeOptions } from 'sluice';
import { onTestFinished } from 'vitest';
import { type Exit, Program } from './program.ts';
import { within } from './until.ts';

const SCRIPT = fileURLToPath(new URL('./server.js', import.meta.url));

/** The path of an application for tests. */
export function app(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/apps/conformance/${name}`, import.meta.url));
}

/** A server that runs. */
export interface TestServer {
  /** Where it listens; the first of its addresses. */
  readonly url: string;
  readonly urls: readonly string[];
  readonly pid: number;
  /** What it has logged, line by line. */
  readonly log: readonly string[];
  readonly program: Program;
  /** Asks for new workers. */
  reload(): void;
  /** Stops it and waits for its end. */
  stop(): Promise<Exit>;
}

/** Starts a server on a free port of a protocol, or where `listen` says. */
export async function startServer(
  application: string,
  options: Partial<ServeOptions> & { listen: readonly string[] },
  env: NodeJS.ProcessEnv = process.env,
): Promise<TestServer> {
  const program = new Program([SCRIPT, JSON.stringify({ application, options })], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env,
  });
  const told = new Promise<{ addresses?: string[]; error?: { message: string } }>((resolve) => {
    program.child.once('message', resolve as (message: unknown) => void);
    void program.closed.then(() => resolve({ error: { message: program.stderr } }));
  });
  const { addresses, error } = await within('a server that starts', told, 15_000);
  if (addresses) return serverOf(program, addresses);
  await program.kill();
  throw Object.assign(new Error(error?.message), error);
}

function serverOf(program: Program, urls: readonly string[]): TestServer {
  return {
    url: urls[0] as string,
    urls,
    pid: program.pid,
    program,
    get log() {
      return program.log;
    },
    reload: () => void program.child.send('reload'),
    async stop() {
      if (program.child.connected) program.child.send('stop');
      return await program.ended(15_000).finally(() => program.kill());
    },
  };
}

/** A server that is stopped when the test is finished. */
export async function serverForTest(
  ...parameters: Parameters<typeof startServer>
): Promise<TestServer> {
  const server = await startServer(...parameters);
  onTestFinished(async () => {
    await server.stop();
  });
  return server;
}

/** Why a server does not start; a server that starts after all is stopped, and `started` the reason. */
export async function startFailure(
  ...parameters: Parameters<typeof startServer>
): Promise<{ code?: string; message: string }> {
  let server: TestServer;
  try {
    server = await startServer(...parameters);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { ...(code && { code }), message };
  }
  await server.stop();
  return { message: 'started' };
}
