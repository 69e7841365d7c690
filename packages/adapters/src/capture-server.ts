// Applications that listen by themselves: their server is caught instead of listening.
import { OptionError } from '@sluice/protocol';
import { ListenTrap } from './listen-trap.ts';
import type { NodeServer } from './node-source.ts';

const DEFAULT_WAIT = 10; // seconds
const LINGER = 1000; // milliseconds that evaluation gets after the server has come

/** How {@link captureServer} waits. */
export interface CaptureOptions {
  /** Seconds that the server may come after the module is loaded; 10 by default. */
  readonly wait?: number | undefined;
}

/**
 * Loads an application that calls `listen()` itself, and gives its `http.Server` or `https.Server`, which
 * does not listen, but believes it does. Only the first server that listens while the module is loaded is
 * caught, and others at the same port; one at another port listens as it says, and so does one that is
 * given a descriptor or a handle.
 *
 * @param load - loads the module: `() => import('./app.js')`
 * @param options - see {@link CaptureOptions}
 * @throws OptionError `ERR_ADAPTER_NO_SERVER` when no server listens; whatever `load` rejects with
 */
export async function captureServer(
  load: () => unknown,
  { wait = DEFAULT_WAIT }: CaptureOptions = {},
): Promise<NodeServer> {
  const trap = new ListenTrap();
  try {
    // Evaluation may never come to its end: a module may await what it serves.
    const loaded = Promise.resolve(load());
    await Promise.race([loaded, trap.caught]);
    const server = await within(wait, trap.caught);
    await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, LINGER).unref())]);
    trap.removeSoon();
    return server;
  } catch (error) {
    trap.remove();
    throw error;
  }
}

async function within(seconds: number, caught: Promise<NodeServer>): Promise<NodeServer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `the module was loaded, and ${seconds} seconds later no http.Server or https.Server listens: export the application, or let it call listen()`;
      reject(new OptionError('ERR_ADAPTER_NO_SERVER', message));
    }, seconds * 1000);
  });
  return await Promise.race([caught, late]).finally(() => clearTimeout(timer));
}
