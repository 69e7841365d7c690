// One connection on the standard streams, as inetd starts programs. Starts for every request: nothing
// is loaded that this does not need.
import { guardStdout, type Limits } from '@sluice/front-ends';
import type { GatewayOptions } from '@sluice/gateway';
import { type AddressUrl, settingsOf } from './address-url.ts';
import { loadApplication } from './application.ts';
import { PROTOCOLS } from './registry.ts';
import { serveConnection } from './serve-connection.ts';

/** Serves the connection that the process was started for, and ends the process. */
export async function serveStdio(
  application: string,
  address: AddressUrl,
  options: GatewayOptions = {},
  limits: Partial<Limits> = {},
): Promise<void> {
  const stderr = address.query.get('stderr') ?? undefined;
  guardStdout();
  const [loaded, frontEnd] = await Promise.all([
    loadApplication(application),
    PROTOCOLS[address.protocol].frontEnd(),
  ]);
  const settings = settingsOf(address, frontEnd.options, ['stderr']);
  frontEnd.checkOptions?.(settings, false);
  await serveConnection(frontEnd, loaded, { options, limits, settings, stderr });
}
