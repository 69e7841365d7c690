// A port that nobody else is given while a server that cannot choose one for itself is told about it.
import { bind } from '@sluice/concurrency';
import type { Cleanup } from './cleanup.ts';

/**
 * Binds a free port of 127.0.0.1 without listening on it, until the cleanup. A server that sets
 * SO_REUSEADDR, as servers do, can still bind it and listen.
 */
export async function holdPort(cleanup: Cleanup): Promise<string> {
  const { address, close } = await bind({ type: 'tcp', host: '127.0.0.1', port: 0 });
  cleanup.add(close);
  if (address.type !== 'tcp') throw new Error('a TCP address is bound to a port');
  return String(address.port);
}
