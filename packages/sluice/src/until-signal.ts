// Runs a server until a signal ends it.
import type { Server } from './serve.ts';

/** How a server ended. */
export type Ending = 'stop' | 'hangup';

/**
 * Starts a server and waits for its end. INT and TERM stop it gracefully, a second one at once; before
 * it is up they end the start.
 *
 * @param start - starts it; the signal ends a start that is not complete yet
 * @param onHangup - what HUP does: `stop` ends the server as well, `reload` replaces its workers
 * @throws SluiceError what the start throws, and `ERR_WORKERS_FAILED` when its workers are lost for good
 */
export async function untilSignal(
  start: (signal: AbortSignal) => Promise<Server>,
  onHangup: 'stop' | 'reload',
): Promise<Ending> {
  const starting = new AbortController();
  let server: Server | undefined;
  let ending: Ending = 'stop';
  const stop = () => {
    if (server) void server.close();
    else starting.abort();
  };
  const hang = () => {
    if (onHangup === 'reload') {
      server?.reload();
      return;
    }
    ending = 'hangup';
    stop();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', hang);
  try {
    server = await start(starting.signal);
    await server.closed;
  } catch (error) {
    if (!starting.signal.aborted) throw error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', hang);
  }
  return ending;
}
