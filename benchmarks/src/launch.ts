// How a server of the benchmark is started, whatever it is written in.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A server that accepts connections on 127.0.0.1. */
export interface Server {
  readonly pid: number;
  readonly port: number;
  /** The script that a request has to name, where the server runs scripts. */
  readonly script?: string;
  /** Asks the process to end. */
  stop(): void;
}

/** A way to start a server. */
export interface Launch {
  /**
   * Starts the server.
   *
   * @param folder - an empty folder of its own, which the caller removes
   * @throws Unavailable when it is not there to be started
   */
  start(folder: string): Promise<Server>;
  /** What it is and which version; undefined for Node.js, which the report names once. */
  version?(): string;
}

/** A server that this machine does not have, or that does not run here. */
export class Unavailable extends Error {}

/** A script below servers/, as a process of its own that sends its port. */
export function script(name: string, ...args: string[]): Launch {
  return { start: async () => (await startScript(name, args)).server };
}

/** Starts a script below servers/ with options of Node.js; its process takes messages. */
export async function startScript(
  name: string,
  args: readonly string[],
  execArgv: readonly string[] = [],
): Promise<{ server: Server; child: ChildProcess }> {
  const child = fork(new URL(`./servers/${name}.js`, import.meta.url), args, {
    execArgv: [...execArgv],
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${name} does not start`)));
  const [port] = (await Promise.race([once(child, 'message'), ended])) as [number];
  return { server: { pid: child.pid as number, port, stop: () => child.kill() }, child };
}
