// Runs a server until a signal ends it.
import type { Server } from './server.ts';

/** How a server ended. */
export type Ending = 'stop' | 'hangup';

/** What signals do beside ending the server. */
export interface SignalOptions {
  /** What HUP does: `stop` ends the server as well, `reload` replaces its workers. */
  readonly onHangup: 'stop' | 'reload';
}

/**
 * Starts a server and waits for its end. INT, TERM and QUIT stop it gracefully, a second one at once;
 * before it is up they end the start. USR1 replaces its workers one after the other, USR2 opens log
 * files anew, TTIN and TTOU add and take a worker.
 *
 * @param start - starts it; the signal ends a start that is not complete yet
 * @param options - see {@link SignalOptions}
 * @throws SluiceError what the start throws, and `ERR_WORKERS_FAILED` when its workers are lost for good
 */
export async function untilSignal(
  start: (signal: AbortSignal) => Promise<Server>,
  { onHangup }: SignalOptions,
): Promise<Ending> {
  const starting = new AbortController();
  let server: Server | undefined;
  let ending: Ending = 'stop';
  const stop = () => {
    if (server) void server.close();
    else starting.abort();
  };
  const scale = (by: number) => {
    try {
      server?.scale((size) => size + by);
    } catch (error) {
      server?.log('warn', (error as Error).message);
    }
  };
  const handlers: Partial<Record<NodeJS.Signals, () => void>> = {
    SIGINT: stop,
    SIGTERM: stop,
    SIGQUIT: stop,
    SIGHUP() {
      if (onHangup === 'reload') void server?.reload();
      else {
        ending = 'hangup';
        stop();
      }
    },
    SIGUSR1: () => void server?.reload(true),
    SIGUSR2: () => server?.reopenLogs(),
    SIGTTIN: () => scale(1),
    SIGTTOU: () => scale(-1),
  };
  const signals = Object.entries(handlers) as [NodeJS.Signals, () => void][];
  for (const [signal, handler] of signals) process.on(signal, handler);
  try {
    server = await start(starting.signal);
    await server.closed;
  } catch (error) {
    if (!starting.signal.aborted) throw error;
  } finally {
    for (const [signal, handler] of signals) process.off(signal, handler);
  }
  return ending;
}
