// Whether somebody listens.
import { connect, type NetConnectOpts } from 'node:net';

/** Connects and hangs up: whoever listens finds an empty connection. */
export function accepts(target: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(target);
    probe.on('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', () => resolve(false));
  });
}
