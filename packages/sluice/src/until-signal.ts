// Runs a server until a signal ends it.
import type { Server } from './serve.ts';

/**
 * Waits for the end of a server. INT and TERM stop it gracefully, a second one at once.
 *
 * @param onHangup - what HUP does: `stop` ends the server as well, `reload` replaces its workers
 * @returns whether HUP ended it
 * @throws SluiceError `ERR_WORKERS_FAILED` when its workers are lost for good
 */
export async function untilSignal(server: Server, onHangup: 'stop' | 'reload'): Promise<boolean> {
  let hangup = false;
  const stop = () => void server.close();
  const hang = () => {
    if (onHangup === 'reload') return server.reload();
    hangup = true;
    stop();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', hang);
  try {
    await server.closed;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', hang);
  }
  return hangup;
}
