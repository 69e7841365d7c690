// One connection on the standard streams, as inetd starts programs. Starts for every request: nothing
// is loaded that this does not need.
import { guardStdout } from '@sluice/front-ends';
import type { GatewayOptions } from '@sluice/gateway';
import { type AddressUrl, settingsOf } from '../addresses/address-url.ts';
import { openApplication } from '../loading/application.ts';
import type { ServeOptions } from '../options/serve-options.ts';
import { PROTOCOLS } from '../registry.ts';
import { serveConnection } from './serve-connection.ts';

/** Serves the connection that the process was started for, and ends the process. */
export async function serveStdio(
  application: string,
  address: AddressUrl,
  options: GatewayOptions = {},
  { limits, as }: Partial<Pick<ServeOptions, 'limits' | 'as'>> = {},
): Promise<void> {
  const stderr = address.query.get('stderr') ?? undefined;
  guardStdout();
  const [opened, frontEnd] = await Promise.all([
    openApplication(application, { as, once: true }),
    PROTOCOLS[address.protocol].frontEnd(),
  ]);
  const settings = settingsOf(address, frontEnd.options, ['stderr']);
  frontEnd.checkOptions?.(settings, false);
  await serveConnection(frontEnd, opened.application, {
    ...{ options, settings, stderr },
    ...(limits && { limits }),
  });
}
